package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/mvssl/train"
)

// spare reports an output that would be written over what a command reads, or over a file
// of a run, whatever it is called: the run's, an image of a folder of them, a link to one.
// A file that is there already must be one that was written by the same command, which
// ours tells; nil is any. The flag is the output's.
func spare(flag, out string, ours func(path string) bool, inputs ...string) error {
	for _, input := range inputs {
		if same(out, input) {
			return fmt.Errorf("%s: %s is read by this command, expected another file", flag, out)
		}
		if info, err := os.Stat(input); err != nil || !info.IsDir() {
			continue
		}
		for _, name := range filesOf(input) {
			if same(out, filepath.Join(input, name)) {
				return fmt.Errorf("%s: %s is a file of the run in %s, expected another file", flag, out, input)
			}
		}
		if _, err := os.Stat(out); err == nil && !holdsConfig(input) && within(out, input) {
			return fmt.Errorf("%s: %s is a file of the data in %s, expected another file", flag, out, input)
		}
	}
	isOf := func(name string) bool { return strings.EqualFold(name, filepath.Base(out)) }
	if dir := filepath.Dir(out); slices.ContainsFunc(train.Files(), isOf) && holdsConfig(dir) {
		return fmt.Errorf("%s: %s is the name of a file of the run in %s, expected another file", flag, out, dir)
	}
	if run := filepath.Dir(filepath.Dir(out)); train.IsKept(out) && holdsConfig(run) {
		return fmt.Errorf("%s: %s is the name of a file of the run in %s, expected another file", flag, out, run)
	}
	info, err := os.Stat(out)
	if err == nil && info.Mode().IsRegular() && ours != nil && !ours(out) {
		return fmt.Errorf("%s: %s is there already and was not written by this command: remove it, or choose another file", flag, out)
	}
	return nil
}

// filesOf returns the names of the files that the run in a folder may have.
func filesOf(run string) []string {
	names := train.Files()
	epochs, err := train.Kept(run)
	if err != nil {
		return names // what cannot be listed cannot be written over by its name here
	}
	for _, epoch := range epochs {
		names = append(names, train.KeptFile(epoch))
	}
	return names
}

func holdsConfig(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, train.ConfigFile))
	return err == nil
}
