#!/usr/bin/env bash
# Makes the summary the comment of this name on the pull request: the one that it wrote before, or else a new one. Where
# the token may not, as in pull requests of forks, the step summary is what there is, and that is no failure.
#
# GH_TOKEN PULL NAME SUMMARY ARTIFACT: the token, the number, the name of the comment, the file, the address of the runs.
set -euo pipefail

[[ $PULL =~ ^[0-9]+$ ]] || { printf '::error::no number of a pull request: %s\n' "$PULL" >&2; exit 1; }
# A comment in Markdown that nobody sees; a name cannot end it.
MARK="<!-- mqbench: ${NAME//[^A-Za-z0-9 ._]/_} -->"
export MARK

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  printf '%s\n' "$MARK"
  # A comment has room for 65,536 characters; half of one at the cut is left out, which iconv calls an error.
  head -c 64000 "$SUMMARY" | iconv -c -f utf-8 -t utf-8 2>/dev/null || true
  [ -z "${ARTIFACT:-}" ] || printf '\n\n[All runs and reports](%s)\n' "$ARTIFACT"
} >"$body"

refused() {
  printf '::notice::the token may not comment on this pull request; the result is in the summary of the step (%s)\n' "$1"
  exit 0
}

# Only comments of one's own are replaced, whoever else begins one like it.
# shellcheck disable=SC2016 # the variables are those of GraphQL
query='query($owner: String!, $repo: String!, $pull: Int!, $endCursor: String) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $pull) {
    comments(first: 100, after: $endCursor) { nodes { databaseId viewerDidAuthor body } pageInfo { hasNextPage endCursor } } } } }'
own='.data.repository.pullRequest.comments.nodes[] | select(.viewerDidAuthor and (.body | startswith(env.MARK))) | .databaseId'
mine=$(gh api graphql --paginate -F owner="${GITHUB_REPOSITORY%/*}" -F repo="${GITHUB_REPOSITORY#*/}" -F pull="$PULL" -f query="$query" --jq "$own") ||
  refused "its comments could not be read"
mine=${mine%%$'\n'*}
if [ -n "$mine" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$mine" -F body=@"$body" || refused "comment $mine could not be replaced"
else
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL/comments" -F body=@"$body" || refused "none could be added"
fi
