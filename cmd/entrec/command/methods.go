package command

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entrec/mvssl"
)

func newMethods() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "methods [METHOD]",
		Short: "List the methods, or describe one",
		Long: `List the methods by the two questions of the paper's Figure 1, branches and
projections, with their objectives; or describe one with its parameters and
defaults.`,
		Example: "  entrec methods\n  entrec methods byol",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return methodNames(), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rows := mvssl.Rows()
		if len(args) == 1 {
			r, err := mvssl.Find(args[0])
			if err != nil {
				return fmt.Errorf("%w%s", err, meant(args[0], methodNames()))
			}
			rows = []mvssl.Row{r}
		}
		switch {
		case asJSON:
			var list []methodJSON
			for _, r := range rows {
				list = append(list, describe(r))
			}
			return printJSON(cmd, map[string]any{"methods": list})
		case len(args) == 1:
			return failed(printMethod(cmd.OutOrStdout(), rows[0]))
		}
		return failed(printMethods(cmd.OutOrStdout(), rows))
	}
	return cmd
}

// methodJSON is a method in methods --json.
type methodJSON struct {
	Name            string            `json:"name"`
	Branches        string            `json:"branches"`
	Projections     string            `json:"projections"`
	Objective       string            `json:"objective"`
	Paper           string            `json:"paper"`
	TwinOf          string            `json:"twin_of,omitempty"`
	Hyperparameters []string          `json:"hyperparameters"`
	Parameters      []mvssl.Parameter `json:"parameters"`
	Recipe          mvssl.Recipe      `json:"recipe"`
}

func describe(r mvssl.Row) methodJSON {
	branches, projections := r.Figure()
	m := methodJSON{
		Name: r.Name, Branches: branches, Projections: projections, Objective: r.Objective, Paper: r.Paper,
		TwinOf: r.TwinOf, Hyperparameters: []string{}, Parameters: []mvssl.Parameter{}, Recipe: r.Recipe,
	}
	m.Parameters = append(m.Parameters, r.Describe()...)
	for _, p := range m.Parameters {
		m.Hyperparameters = append(m.Hyperparameters, p.Name)
	}
	return m
}

// printMethods prints the table of methods.
func printMethods(w io.Writer, rows []mvssl.Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METHOD\tBRANCHES\tPROJECTIONS")
	for _, r := range rows {
		branches, projections := r.Figure()
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Name, branches, projections)
	}
	fmt.Fprintln(t, "\nMETHOD\tOBJECTIVE")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\n", r.Name, r.Objective)
	}
	fmt.Fprintln(t, "\nentrec methods METHOD describes one.")
	return t.Flush()
}

// indent is how far a description is moved in.
const indent = "      "

// printMethod prints a method's page.
func printMethod(w io.Writer, r mvssl.Row) error {
	branches, projections := r.Figure()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.Name)
	row := func(name, value string) { fmt.Fprintf(&b, "  %-12s %s\n", name, value) }
	row("branches", branches)
	row("projections", projections)
	row("objective", r.Objective)
	if r.Supervised {
		row("labels", "needed: it learns from them")
	}
	if r.MoreViews {
		row("views", fmt.Sprintf("%d of the whole image, or 2 to %d by --views", r.UsualViews(), mvssl.MaxViews))
	}
	if r.TwinOf != "" {
		row("twin of", r.TwinOf+", from which it differs in the objective alone")
	}
	for _, paper := range strings.Split(r.Paper, "; ") {
		row("paper", paper)
	}
	rates := fmt.Sprintf("%s, learning rate %v, weight decay %v", r.Recipe.Optimizer, r.Recipe.LR, r.Recipe.WeightDecay)
	row("recipe", rates)
	if len(r.Describe()) > 0 {
		fmt.Fprintf(&b, "\nParameters:\n")
	}
	for _, p := range r.Describe() {
		standard := p.Default
		if p.Default == mvssl.Auto {
			standard = "auto: " + p.Auto
		}
		takes := p.Type
		if p.Range != "" {
			takes += " in " + p.Range
		}
		fmt.Fprintf(&b, "  --%s %s\n", p.Flag(), takes)
		text := wrapped(fmt.Sprintf("%s (default %s)", p.Doc, standard), helpWidth-len(indent))
		fmt.Fprintf(&b, "%s%s\n", indent, strings.ReplaceAll(text, "\n", "\n"+indent))
	}
	fmt.Fprintf(&b, "\nTrain it: entrec train --method %s\n", r.Name)
	_, err := io.WriteString(w, b.String())
	return err
}
