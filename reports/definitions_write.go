package reports

import (
	"fmt"
	"io"
	"strings"
)

// WriteDefinitions writes definitions for people, on a page of width columns.
func WriteDefinitions(w io.Writer, list []Definition, width int, color bool) error {
	p, width := palette(color), min(max(width, narrow), broadest)
	for i, d := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		heading := p.bold(d.Name)
		if d.Title != "" && plainWord(d.Title) != plainWord(d.Name) {
			heading += " (" + d.Title + ")"
		}
		if _, err := fmt.Fprintf(w, "%s  %s\n%s\n", heading, p.dim(string(d.Kind)), wrapped(d.Text, width, 0)); err != nil {
			return fmt.Errorf("write definitions: %w", err)
		}
		for _, n := range d.Notes {
			if err := WriteParagraph(w, n.Label, n.Text, width, color); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteParagraph writes a text behind its label, wrapped on a page of width columns, as the summary does. What is not
// printable in it appears as an escape.
func WriteParagraph(w io.Writer, label, text string, width int, color bool) error {
	_, err := fmt.Fprintf(w, "%s%s\n", labelled(label, color),
		paragraph(cleanLines(text), min(max(width, narrow), broadest), labels))
	if err != nil {
		return fmt.Errorf("write paragraph: %w", err)
	}
	return nil
}

// WriteItem writes a text as an item of a list, wrapped on a page of width columns.
func WriteItem(w io.Writer, text string, width int) error {
	const indent = 2
	if _, err := fmt.Fprintf(w, "- %s\n", paragraph(cleanLines(text), min(max(width, narrow), broadest), indent)); err != nil {
		return fmt.Errorf("write item: %w", err)
	}
	return nil
}

// WriteList writes the items of a list behind its label, and breaks lines between items alone.
func WriteList(w io.Writer, label string, items []string, width int, color bool) error {
	width = min(max(width, narrow), broadest)
	var text strings.Builder
	column := labels
	for i, item := range items {
		item = clean(item)
		if i < len(items)-1 {
			item += ","
		}
		switch n := atMost(item); {
		case i == 0:
			column += n
		case column+1+n > width:
			text.WriteString("\n" + blanks(labels))
			column = labels + n
		default:
			text.WriteString(" ")
			column += 1 + n
		}
		text.WriteString(item)
	}
	_, err := fmt.Fprintf(w, "%s%s\n", labelled(label, color), text.String())
	if err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

// labelled is a label and what leads from it to its text: to the next line where it is too long.
func labelled(label string, color bool) string {
	label = clean(label)
	between := blanks(labels - columnsOf(label))
	if columnsOf(label) >= labels {
		between = "\n" + blanks(labels)
	}
	return palette(color).dim(label) + between
}
