package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/mvssl/data"
	"entrec/mvssl/data/picture"
	"entrec/mvssl/eval"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

func newNeighbors() *cobra.Command {
	var f lookFlags
	var out string
	var k int
	cmd := &cobra.Command{
		Use:   "neighbors RUN IMAGE...",
		Short: "Find the training images that are nearest to some images",
		Long: `Find the training images whose features, by the encoder in a run's folder, are
nearest to those of some images, with their distances: 1 − the cosine, 0 to 2.
An image is a file, or one of the data set: test:17 is test image 17, train:17
training image 17, counted from 0 as embed writes them. Files are brought to the
size of the run's images as for its evaluation. --out F.png draws them: a row
for each image, itself first.`,
		Example: "  entrec neighbors runs/mine test:0 test:17 --out neighbors.png\n  entrec neighbors runs/mine photo.jpg --k 5 --json",
		Args:    cobra.MinimumNArgs(2),

		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return completeRun(cmd, args, typed)
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	f.add(cmd)
	cmd.Flags().IntVar(&k, "k", 8, "neighbors of each image")
	cmd.Flags().StringVar(&out, "out", "", "PNG to draw the images and their neighbors in")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		const most = 1000
		if k < 1 || k > most {
			return fmt.Errorf("--k: found %d, expected 1 to %d", k, most)
		}
		if out != "" {
			if !strings.EqualFold(filepath.Ext(out), ".png") {
				return fmt.Errorf("--out: found %q, expected a file whose name ends in .png", out)
			}
			if err := spare("--out", out, isSheet, args...); err != nil {
				return err
			}
		}
		return f.neighbors(cmd, args[0], args[1:], k, out)
	}
	return cmd
}

func (f *lookFlags) neighbors(cmd *cobra.Command, run string, images []string, k int, out string) error {
	cfg, err := train.ReadConfig(run)
	if err != nil {
		return failed(err)
	}
	queries := make([]runs.Query, len(images))
	for i, name := range images { // before the data are loaded, which may take long
		if queries[i], err = fileQuery(name, cfg.Model.Encoder.Channels); err != nil {
			return err
		}
	}
	cfg, split, err := f.look(cmd, run, data.Test)
	if err != nil {
		return err
	}
	for i, name := range images {
		if queries[i].Of == nil {
			if queries[i], err = indexQuery(name, split); err != nil {
				return err
			}
		}
	}
	progress := newScreen(cmd.ErrOrStderr())
	found, err := runs.Neighbors(eval.WithProgress(cmd.Context(), progress.phase), cfg, split.Train, run, queries, k)
	progress.end()
	if err != nil {
		return failed(err)
	}
	if out != "" {
		if err := writeSheet(out, split.Train, queries, found); err != nil {
			return failed(err)
		}
	}
	if f.json {
		return printJSON(cmd, struct {
			Images []runs.Neighborhood `json:"images"`
			Sheet  *string             `json:"sheet"`
		}{found, optional(out)})
	}
	printNeighbors(cmd.OutOrStdout(), found)
	if out != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "drawn in %s\n", out)
	}
	return nil
}

// optional returns a text, nil where it is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// fileQuery returns the image of a file of that name as one of so many channels, or one of
// no data set where the name is an index in one. A file goes before an index.
func fileQuery(name string, channels int) (q runs.Query, err error) {
	raw, err := files.Read(name, picture.MaxFile)
	switch _, _, isIndex := parseIndex(name); {
	case errors.Is(err, fs.ErrNotExist) && isIndex:
		return runs.Query{Image: name}, nil
	case errors.Is(err, fs.ErrNotExist):
		return q, fmt.Errorf("%s: found no such file, expected an image, or one of the data set such as test:17", printable.Word(name))
	case err != nil:
		return q, failed(err)
	}
	p, err := picture.Decode(raw)
	if err != nil {
		return q, failed(fmt.Errorf("%s: %w", name, err))
	}
	d := &data.Dataset{Name: name, Channels: channels, Height: p.Height, Width: p.Width, Pixels: withChannels(p, channels)}
	return runs.Query{Image: name, Of: d}, nil
}

// withChannels returns a picture's pixels in one channel, ITU-R 601's luma as Pillow has it,
// or in three.
func withChannels(p *picture.Picture, channels int) []byte {
	area := p.Height * p.Width
	switch {
	case p.Channels == channels:
		return p.Pix
	case p.Channels == 1:
		return append(append(append(make([]byte, 0, 3*area), p.Pix...), p.Pix...), p.Pix...)
	}
	gray := make([]byte, area)
	for i := range gray {
		r, g, b := int(p.Pix[i]), int(p.Pix[area+i]), int(p.Pix[2*area+i])
		gray[i] = byte((r*19595 + g*38470 + b*7471 + 1<<15) >> 16)
	}
	return gray
}

// parseIndex reads what an image of the data set is called, such as test:17.
func parseIndex(name string) (part data.Part, index int, ok bool) {
	word, digits, ok := strings.Cut(name, ":")
	part = data.Part(word)
	if !ok || part != data.Training && part != data.Test {
		return "", 0, false
	}
	index, err := strconv.Atoi(digits)
	return part, index, err == nil && index >= 0 && digits[0] != '+'
}

// indexQuery returns an image of the data set.
func indexQuery(name string, split *data.Split) (q runs.Query, err error) {
	part, index, _ := parseIndex(name)
	d := split.Train
	if part == data.Test {
		d = split.Test
	}
	if d == nil {
		return q, fmt.Errorf("%s: found no test images in %s, expected an image of train", name, split.Train.Name)
	}
	if index >= d.Len() {
		return q, fmt.Errorf("%s: found image %d, expected 0 to %d: %s has %d %s images", name, index, d.Len()-1, d.Name, d.Len(), part.Words())
	}
	return runs.Query{Image: name, Of: d, Index: index}, nil
}

// printNeighbors prints a line for each image and for each neighbor.
func printNeighbors(w io.Writer, found []runs.Neighborhood) {
	words := func(class, file *string) string {
		text := ""
		for _, more := range []*string{class, file} {
			if more != nil {
				text += "  " + printable.Text(*more)
			}
		}
		return text
	}
	for _, of := range found {
		fmt.Fprintf(w, "%s%s\n", printable.Text(of.Image), words(of.Class, of.File))
		for _, n := range of.Neighbors {
			fmt.Fprintf(w, "%8.4f  %-12s%s\n", n.Distance, n.Image, words(n.Class, n.File))
		}
	}
}
