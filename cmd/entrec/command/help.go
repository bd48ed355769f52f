package command

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupKey is the annotation of a flag that names its group in help.
const groupKey = "group"

// group puts a flag into a group of the command's help.
func group(cmd *cobra.Command, flag, name string) {
	f := cmd.Flags().Lookup(flag)
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[groupKey] = []string{name}
}

// helpWidth is how many columns help fits in.
const helpWidth = 80

// printUsage prints how a command is used, with its flags by groups.
func printUsage(cmd *cobra.Command, w io.Writer) {
	fmt.Fprintf(w, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-*s  %s\n", cmd.NamePadding(), c.Name(), c.Short)
			}
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	for _, g := range flagGroups(cmd) {
		fmt.Fprintf(w, "\n%s:\n%s", g.name, g.flags.FlagUsagesWrapped(helpWidth))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s COMMAND --help tells more about a command.\n", cmd.CommandPath())
	}
}

// flagGroup is the flags of a group.
type flagGroup struct {
	name  string
	flags *pflag.FlagSet
}

// groupOrder is the order of the groups; a method's comes after the training's.
var groupOrder = []string{groupData, groupNetwork, groupTraining, "Method", groupFolder, groupReports, groupSheet, groupWeights, groupOther}

// flagGroups returns the flags of a command by groups.
func flagGroups(cmd *cobra.Command) []flagGroup {
	var groups []flagGroup
	add := func(f *pflag.Flag) {
		name := groupOther
		if in := f.Annotations[groupKey]; in != nil {
			name = in[0]
		}
		i := slices.IndexFunc(groups, func(g flagGroup) bool { return g.name == name })
		if i < 0 {
			i = len(groups)
			groups = append(groups, flagGroup{name, pflag.NewFlagSet(name, pflag.ContinueOnError)})
			groups[i].flags.SortFlags = false
		}
		groups[i].flags.AddFlag(f)
	}
	cmd.LocalFlags().SortFlags = false
	cmd.Flags().SortFlags = false
	cmd.Flags().VisitAll(add)
	slices.SortStableFunc(groups, func(a, b flagGroup) int { return rank(a.name) - rank(b.name) })
	if len(groups) == 1 {
		groups[0].name = "Flags"
	}
	return groups
}

func rank(group string) int {
	word, _, _ := strings.Cut(group, " ")
	if word == "Method" {
		group = word
	}
	return slices.Index(groupOrder, group)
}

// usageError is an error about a command's arguments: how the command is used is said
// with it.
type usageError struct {
	error
	use string
}

func (e usageError) Error() string { return fmt.Sprintf("%v; usage: %s", e.error, e.use) }

// Unwrap returns the error without the usage.
func (e usageError) Unwrap() error { return e.error }

// explainUsage makes a command and those below it say with each error about arguments
// how they are used, and with a mistyped flag which one was meant.
func explainUsage(cmd *cobra.Command) {
	cmd.SetUsageFunc(func(c *cobra.Command) error {
		printUsage(c, c.OutOrStderr())
		return nil
	})
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{flagError(c, err), c.UseLine()} })
	check := cmd.Args
	if cmd.HasSubCommands() {
		check = knownCommand
	}
	if check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err, c.UseLine()}
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		explainUsage(c)
	}
}

// flagError words an error about a command's flags.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		return fmt.Errorf("unknown flag --%s%s", name, meant("--"+name, flagNames(cmd)))
	case errors.As(err, &missing):
		return fmt.Errorf("--%s: found nothing, expected a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		if expected, ok := flagKinds[flag.Value.Type()]; ok {
			return fmt.Errorf("--%s: found %q, expected %s", flag.Name, invalid.GetValue(), expected)
		}
		return fmt.Errorf("--%s: %w", flag.Name, invalid.Unwrap())
	}
	return err
}

// flagKinds says what the flags of pflag's types take. Those of types of our own say it
// themselves.
var flagKinds = map[string]string{
	"int": "a whole number", "uint64": "a whole number, not negative", "float64": "a number", "bool": "true or false", "duration": "a time such as 1m30s", "stringSlice": "words with commas between",
}

// knownCommand refuses arguments of a command that has commands of its own: they are
// none of these.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("unknown command %s %s%s", cmd.CommandPath(), args[0], meant(args[0], names))
}

// flagNames lists the flags of a command that help shows.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	return names
}

// maxTypos is how many letters a mistyped word differs in from the one that is meant, or
// half of its letters; maxMeant is how many words one may be the beginning of.
const maxTypos, maxMeant = 2, 3

// meant returns a question about the names that a mistyped one is nearest to; nothing
// where there are none.
func meant(word string, names []string) string {
	var near []string
	most := min(maxTypos, len(word)/2)
	least := most + 1
	for _, name := range names {
		switch d := distance(strings.ToLower(word), name); {
		case d < least:
			near, least = []string{name}, d
		case d == least && d <= most:
			near = append(near, name)
		}
	}
	if near == nil && word != "" {
		for _, name := range names {
			if strings.HasPrefix(name, word) {
				near = append(near, name)
			}
		}
	}
	if near == nil || len(near) > maxMeant {
		return ""
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// distance is Levenshtein's: how many letters have to be put in, left out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
