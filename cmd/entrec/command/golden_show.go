package command

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entrec/docs"
	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/reference/check"
	"entrec/reference/diagnosis"
	"entrec/reference/golden"
	"entrec/reference/suite"
)

func newGoldenShow() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "show CASE",
		Short: "Show a case of the golden suite",
		Long: `Shows a case: its attributes, inputs, what is expected and by whom, tolerances,
and the operation's definition. Of long tensors the first elements are shown.`,
		Example: "  entrec golden show relu-7",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, c, err := goldenCase(dir, args[0])
			if err != nil {
				return err
			}
			return failed(showCase(cmd.OutOrStdout(), e, c))
		},
	}
	cmd.Flags().StringVar(&dir, "suite", "", "folder of the suite; this version's where absent")
	return cmd
}

func newGoldenDiff() *cobra.Command {
	var dir, profile string
	cmd := &cobra.Command{
		Use:   "diff CASE ANSWER",
		Short: "Compare an answer with a case of the golden suite",
		Long: `Compares the answer in a file with what a case expects: for each tensor what is
wrong, what that looks like, and the ten worst elements. The exit code is 1
where anything is wrong.`,
		Example: "  entrec golden diff relu-7 answer.safetensors",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := golden.ParseProfile(profile)
			if err != nil {
				return fmt.Errorf("--%w", err)
			}
			e, c, err := goldenCase(dir, args[0])
			if err != nil {
				return err
			}
			content, err := files.Read(args[1], golden.MaxFile)
			if err != nil {
				return failed(err)
			}
			a, err := golden.ParseAnswer(args[1], content)
			if err != nil {
				return failed(err)
			}
			return failed(showDiff(cmd.OutOrStdout(), e, c, a, p))
		},
	}
	cmd.Flags().StringVar(&dir, "suite", "", "folder of the suite; this version's where absent")
	cmd.Flags().StringVar(&profile, "profile", "f32", "precision that the answer is held to: f32, tf32, bf16, f16 or f64")
	complete(cmd, "profile", []string{"f32", "tf32", "bf16", "f16", "f64"})
	return cmd
}

// goldenCase returns a case of the suite in a folder, "" of this version's. A case that is not
// there is a wrong use, and the error lists those like it.
func goldenCase(dir, name string) (golden.Entry, *golden.Case, error) {
	var args []string
	if dir != "" {
		args = []string{dir}
	}
	s, err := openGolden(args)
	if err != nil {
		return golden.Entry{}, nil, failed(err)
	}
	name = strings.TrimSuffix(name, golden.Extension)
	var names []string
	for i, e := range s.Cases {
		if e.Name() == name || e.FlatName() == name+golden.Extension {
			return e, s.Loaded[i], nil
		}
		names = append(names, e.Name())
	}
	return golden.Entry{}, nil, &check.SelectionError{What: "case", Found: name, Known: check.Near(name, names)}
}

func showCase(w io.Writer, e golden.Entry, c *golden.Case) error {
	attrs, err := json.Marshal(e.Attrs)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, text string) { fmt.Fprintf(t, "%s\t%s\n", name, printable.Text(text)) }
	row("case", e.Name())
	row("op", e.Op)
	if inputs, options, definition, ok := docs.Operation(e.Op); ok {
		row("inputs", inputs)
		row("attributes", options)
		row("definition", definition)
	}
	row("attrs", string(attrs))
	if e.Reject {
		row("expected", "that it is refused")
	} else {
		row("expected by", e.Oracle)
	}
	row("digest", e.Digest)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, kind := range []struct {
		prefix string
		arrays map[string]*golden.Array
	}{{"in/", c.In}, {"ct/", c.CT}, {"out/", c.Out}, {"grad/", c.Grad}} {
		for _, name := range slices.Sorted(maps.Keys(kind.arrays)) {
			full, x := kind.prefix+name, kind.arrays[name]
			fmt.Fprintf(w, "\n%s %v%s\n%s", printable.Text(full), x.Shape, tolerancesOf(e, full, x), beginning(x))
		}
	}
	return nil
}

// tolerancesOf tells what a tensor may be off, by profile.
func tolerancesOf(e golden.Entry, tensor string, x *golden.Array) string {
	if e.Reject || strings.HasPrefix(tensor, "in/") || strings.HasPrefix(tensor, "ct/") {
		return ""
	}
	var all []string
	for _, p := range golden.Profiles {
		t, compared := e.TolerancesFor(p)[tensor]
		switch reason := e.ExcludedFor(p)[tensor]; {
		case compared:
			text := fmt.Sprintf("%s %.2g", p, t.Limit(x))
			if t.Elements != nil {
				text += fmt.Sprintf(" (an element by %.2g and %.2g of itself)", t.Elements.Absolute, t.Elements.Relative)
			}
			all = append(all, text)
		case reason != "":
			all = append(all, fmt.Sprintf("%s not compared, since %s", p, printable.Text(reason)))
		}
	}
	return ", may be off by: " + strings.Join(all, "; ")
}

// shownElements and shownRows bound what is shown of a tensor.
const (
	shownElements = 8
	shownRows     = 8
)

// beginning shows the first rows of a tensor, each of its last axis.
func beginning(x *golden.Array) string {
	width := 1
	if x.Rank() > 0 {
		width = x.Shape[x.Rank()-1]
	}
	var b strings.Builder
	for at, row := 0, 0; at < len(x.Data); at, row = at+width, row+1 {
		if row == shownRows {
			fmt.Fprintf(&b, "  … %d rows in all\n", len(x.Data)/width)
			break
		}
		b.WriteString(" ")
		for _, v := range x.Data[at : at+min(width, shownElements)] {
			fmt.Fprintf(&b, " %.9g", v)
		}
		if width > shownElements {
			fmt.Fprintf(&b, " … %d in all", width)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// worstShown is how many elements of a tensor a comparison shows.
const worstShown = 10

// showDiff writes how an answer compares with a case. The error says that something is wrong.
func showDiff(w io.Writer, e golden.Entry, c *golden.Case, a *golden.Answer, p golden.Profile) error {
	if e.Reject {
		return fmt.Errorf("%s: found an answer, expected that the question is refused", e.Name())
	}
	tolerances, wrong := e.TolerancesFor(p), 0
	for _, d := range golden.Compare(c, a, tolerances) {
		switch {
		case d.Uncompared:
			fmt.Fprintf(w, "%s: not compared\n", printable.Text(d.Tensor))
			continue
		case d.Flaw == golden.NoFlaw:
			fmt.Fprintf(w, "%s: pass, worst error %.2g of its tolerance\n", printable.Text(d.Tensor), d.Units())
		default:
			wrong++
			fmt.Fprintf(w, "%s: %s\n", d.Flaw, printable.Text(d.Detail))
			if looks := diagnosis.Tensor(c, a, d.Tensor, tolerances[d.Tensor]); looks != "" {
				fmt.Fprintf(w, "  %s\n", looks)
			}
		}
		if d.Flaw != golden.MissingTensor && d.Flaw != golden.ExtraTensor && d.Flaw != golden.WrongShape {
			showWorst(w, c, a, d, tolerances[d.Tensor])
		}
	}
	if looks := suite.LooksLike(c, a, tolerances); looks != "" {
		fmt.Fprintf(w, "looks like: %s\n", looks)
	}
	if wrong > 0 {
		return fmt.Errorf("%s: %d tensors are wrong", e.Name(), wrong)
	}
	return nil
}

// showWorst writes the elements of a tensor that are furthest off.
func showWorst(w io.Writer, c *golden.Case, a *golden.Answer, d golden.Deviation, tolerance golden.Tolerance) {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  index\tfound\texpected\toff by\tin tolerances")
	for _, at := range diagnosis.Worst(c, a, d.Tensor, tolerance, worstShown) {
		fmt.Fprintf(t, "  %v\t%.9g\t%.9g\t%.3g\t%.3g\n", at.Index, at.Found, at.Expected, at.Off, at.Units)
	}
	t.Flush()
}
