#!/usr/bin/env bash
# Runs a scenario on what is checked out, or on it and a base in turn, and writes the summary of it. Everything that a
# user of the action says comes in the environment and is never evaluated, but for BUILD, which is a command.
#
# SCENARIO ARGS BASE BUILD RECIPE REPEAT GATE_ARGS MQBENCH OUT: the inputs of action.yml.
# It ends with 0 and leaves the exit code of mqbench in the output exit-code; another end is trouble of its own.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
fail() { say "::error::$*"; exit 1; }
output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# absolute prints where a file or folder is or will be, from whichever folder it is asked for.
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }

# words splits a text at white space into the array `split`: nothing in it is a pattern, a quote or a command.
words() {
  split=()
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    local parts=()
    read -ra parts <<<"$line"
    split+=(${parts[@]+"${parts[@]}"})
  done <<<"$1"
}

head=$PWD
[ -n "${SCENARIO:-}" ] || fail "the input scenario is empty: want a file of the repository, or the name of a shipped scenario"
[ ! -f "$SCENARIO" ] || SCENARIO=$(absolute "$SCENARIO")
out=$(absolute "${OUT:-mqbench-runs}")
[ ! -e "$out" ] || [ -z "$(ls -A "$out")" ] || fail "the folder $out is not empty: choose another one with the input out"
repeat=${REPEAT:-}
[ -n "$repeat" ] || { repeat=1; [ -z "${BASE:-}" ] || repeat=8; }
[[ $repeat =~ ^[1-9][0-9]{0,2}$ ]] || fail "the input repeat is '$repeat': want a number from 1 to 999"
recipe=()
if [ -n "${RECIPE:-}" ]; then
  [ -f "$RECIPE" ] || fail "the input recipe names no file: $RECIPE"
  recipe=(--broker "$(absolute "$RECIPE")")
fi
words "${ARGS:-}" && args=(${split[@]+"${split[@]}"})
words "${GATE_ARGS:-}" && gate_args=(${split[@]+"${split[@]}"})

work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/mqbench-XXXXXX")
base=
leave() {
  [ -z "$base" ] || git -C "$head" worktree remove --force "$base" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap leave EXIT

if [ -n "${MQBENCH:-}" ]; then
  mqbench=$(absolute "$MQBENCH")
  [ -x "$mqbench" ] || fail "the input mqbench is no program: $mqbench"
else
  mqbench=$work/mqbench
  (cd "$GITHUB_ACTION_PATH" && CGO_ENABLED=0 go build -trimpath -o "$mqbench" ./cmd/mqbench) || fail "mqbench could not be built"
fi
"$mqbench" --version

sides=(head)
declare -A folder=([head]=$head)
if [ -n "${BASE:-}" ]; then
  [[ $BASE != -* ]] || fail "the input base is no commit: $BASE"
  git cat-file -e "$BASE^{commit}" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE" ||
    fail "the commit $BASE of the input base could not be fetched"
  commit=$(git rev-parse --verify --quiet "$BASE^{commit}" || git rev-parse --verify 'FETCH_HEAD^{commit}')
  base=$work/base
  git worktree add --quiet --detach "$base" "$commit"
  sides+=(base)
  folder[base]=$base
fi
for side in "${sides[@]}"; do
  [ -n "${BUILD:-}" ] || continue
  say "::group::build $side"
  (cd "${folder[$side]}" && MQBENCH_SIDE=$side bash -euo pipefail -c "$BUILD") || fail "the build of $side failed"
  say "::endgroup::"
done

# worse prints the worse of two exit codes of mqbench: trouble, failed, inconclusive, passed.
worse() {
  local code
  for code in 130 2 4 5 1 3 0; do
    if [ "$1" = "$code" ] || [ "$2" = "$code" ]; then
      printf '%s' "$code"
      return
    fi
  done
  printf '%s' "$1"
}

# plainly carries a command out whose output may hold whatever names and logs of brokers do: none of it is a command to
# the runner.
plainly() {
  local token code=0
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  say "::stop-commands::$token"
  "$@" >&2 || code=$?
  say ""
  say "::$token::"
  return "$code"
}

# run runs a side once. What could not be measured ends everything: there is nothing to compare.
run() {
  local side=$1 round=$2 code=0
  say "::group::run $round of $repeat, $side"
  (cd "${folder[$side]}" && plainly "$mqbench" run "$SCENARIO" --quiet --seed "$round" ${recipe[@]+"${recipe[@]}"} \
    ${args[@]+"${args[@]//\{side\}/$side}"} --out "$out/$side/$round") || code=$?
  say "::endgroup::"
  case $code in 0 | 1 | 3) ;; *) output exit-code "$code"; fail "run $round of $side could not be carried out (exit code $code)" ;; esac
  worst=$(worse "$worst" "$code")
}

worst=0
for ((round = 1; round <= repeat; round++)); do
  order=("${sides[@]}")
  # What drifts while they run, such as a machine that gets warm, meets both sides alike.
  [ ${#sides[@]} -eq 1 ] || [ $((round % 2)) -eq 1 ] || order=(base head)
  for side in "${order[@]}"; do run "$side" "$round"; done
done

summary=$out/summary.md
if [ -n "$base" ]; then
  code=0
  plainly "$mqbench" gate --baseline "$out/base" --markdown "$summary" ${gate_args[@]+"${gate_args[@]}"} "$out/head" || code=$?
  [ -s "$summary" ] || { output exit-code "$code"; fail "the gate could not be held (exit code $code)"; }
  {
    printf '\n<details><summary>The last run of the head</summary>\n\n'
    cat "$out/head/$repeat/summary.md"
    printf '\n</details>\n'
  } >>"$summary"
else
  code=$worst
  for ((round = 1; round <= repeat; round++)); do cat "$out/head/$round/summary.md"; printf '\n'; done >"$summary"
fi
cat "$summary" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
output exit-code "$code"
output summary "$summary"
