package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/files"
	"entrec/mvssl/page"
	"entrec/mvssl/pictures"
)

func newReport() *cobra.Command {
	var out string
	var asJSON, noPictures bool
	cmd := &cobra.Command{
		Use:   "report RUN... --out FILE.html",
		Short: "Write a page about a run, or several side by side",
		Long: `Write one HTML page about a run, or several side by side, that have ended or
not: the method in the bound, the plane of entropy and reconstruction, losses,
accuracies, the spectrum, the configuration, and pictures of the run's images,
made of its checkpoint. The file, of at most 3 MB, holds all that it needs: it
opens from a disk without a network, and can be sent on. entrec serve shows the
same while runs train.`,
		Example: "  entrec report runs/simclr-er-fashion-mini-0 --out run.html\n  entrec report runs/* --out all.html",
		Args:    cobra.MinimumNArgs(1),

		ValidArgsFunction: completeRun,
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write: .html or .htm")
	cmd.Flags().BoolVar(&noPictures, "no-pictures", false, "leave out the pictures, which take a while to be made")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" {
			return usageError{errors.New("--out: found nothing, expected the file to write"), cmd.UseLine()}
		}
		if ending := strings.ToLower(filepath.Ext(out)); ending != ".html" && ending != ".htm" {
			return fmt.Errorf("--out: found %q, expected a file whose name ends in .html or .htm", out)
		}
		if err := spare("--out", out, isReport, args...); err != nil {
			return err
		}
		folders, err := runFolders(cmd, args)
		if err != nil {
			return err
		}
		var list []*page.Run
		for _, dir := range folders {
			r := page.Read(dir, dir)
			if r.State == page.Gone {
				return failed(noConfig(dir))
			}
			for _, note := range r.Notes {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", note)
			}
			list = append(list, r)
		}
		if !noPictures {
			if err := takePictures(cmd, list); err != nil {
				return failed(err)
			}
		}
		text, err := page.Report(list)
		if err == nil {
			err = files.Write(out, text)
		}
		if err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd, reported{out, len(list), len(text)})
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %.1f MB; open it in a browser\n", out, float64(len(text))/1e6)
		return nil
	}
	return cmd
}

// picturedRuns is of how many runs a report has pictures, and mapPoints how many points
// their maps have at most, of so many runs.
const picturedRuns = 6

var mapPoints = [picturedRuns + 1]int{1: pictures.MostPoints, 2: 500, 3: 400, 4: 200, 5: 200, 6: 150}

// takePictures makes the pictures of the first runs, and tells what cannot be made.
func takePictures(cmd *cobra.Command, list []*page.Run) error {
	progress := newScreen(cmd.ErrOrStderr())
	defer progress.end()
	for i, r := range list {
		if i >= picturedRuns {
			r.Pictures = pictures.Without(fmt.Sprintf("a report has those of its first %d runs", picturedRuns))
			continue
		}
		o := pictures.Options{Points: mapPoints[min(len(list), picturedRuns)], Progress: progress.phase}
		p, err := pictures.Make(cmd.Context(), r.Dir(), o)
		if err != nil {
			return err
		}
		r.Pictures = p
	}
	return nil
}

// reported is what report --json prints.
type reported struct {
	File  string `json:"file"`
	Runs  int    `json:"runs"`
	Bytes int    `json:"bytes"`
}

// isReport tells a file that report wrote.
func isReport(path string) bool {
	text, err := files.Read(path, 2*page.MaxBytes)
	return err == nil && strings.Contains(string(text), page.Mark)
}
