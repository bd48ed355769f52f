package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"entrec/mvssl/train"
)

// runFolders returns the folders of runs among paths, such as those that runs/* stands for,
// and tells of the others. Errors: a path that is not there, a run without a configuration,
// no run at all.
func runFolders(cmd *cobra.Command, paths []string) ([]string, error) {
	var folders, others []string
	for _, path := range paths {
		_, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, failed(fmt.Errorf("%s: found no such file, expected the configuration of a run", filepath.Join(path, train.ConfigFile)))
		case holdsConfig(path):
			folders = append(folders, path)
		case slices.ContainsFunc([]string{train.MetricsFile, train.CheckpointFile, train.SummaryFile}, func(name string) bool {
			_, err := os.Lstat(filepath.Join(path, name))
			return err == nil
		}):
			return nil, failed(noConfig(path))
		default:
			others = append(others, path)
		}
	}
	if len(folders) == 0 {
		return nil, failed(noConfig(others[0]))
	}
	for _, path := range others {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: found no run, left out\n", shown(path))
	}
	return folders, nil
}

// noConfig is the error of a folder that should be a run's.
func noConfig(dir string) error {
	return fmt.Errorf("%s: found no %s, expected the folder of a run", dir, train.ConfigFile)
}
