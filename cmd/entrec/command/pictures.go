package command

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/pictures"
)

// madePictures is a line that pictures prints: what takes its time and, in the last one, what
// has been made.
type madePictures struct {
	What     string             `json:"what,omitempty"`
	Done     int                `json:"done,omitempty"`
	Total    int                `json:"total,omitempty"`
	Pictures *pictures.Pictures `json:"pictures,omitempty"`
}

// newPictures returns the command that serve starts to have pictures made: their images and
// networks are in the memory of another process, which gives it back at its end.
func newPictures() *cobra.Command {
	return &cobra.Command{
		Use:     "pictures RUN",
		Short:   "Make the pictures of a run, for serve",
		Example: "  entrec pictures runs/mine",
		Args:    cobra.ExactArgs(1),
		Hidden:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := context.WithCancelCause(cmd.Context())
			defer stop(nil)
			lines := json.NewEncoder(cmd.OutOrStdout())
			o := pictures.Options{Progress: func(what string, done, total int) {
				if err := lines.Encode(madePictures{What: what, Done: done, Total: total}); err != nil {
					stop(err) // nobody listens
				}
			}}
			p, err := pictures.Make(ctx, args[0], o)
			if err == nil {
				err = lines.Encode(madePictures{Pictures: p})
			}
			return failed(err)
		},
	}
}

// makePictures makes the pictures of the run in a folder in another process, that ends with
// ctx.
func makePictures(ctx context.Context, dir string, tell func(what string, done, total int)) (*pictures.Pictures, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, self, "pictures", "--", dir)
	var said bytes.Buffer
	child.Stderr = &said
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	p, err := readPictures(out, tell)
	_, _ = io.Copy(io.Discard, out) // so that it can end
	if ended := child.Wait(); ended != nil {
		return nil, fmt.Errorf("the process that makes them: %s", cmp.Or(strings.TrimSpace(said.String()), ended.Error()))
	}
	return p, err
}

// readPictures reads what pictures prints.
func readPictures(r io.Reader, tell func(what string, done, total int)) (*pictures.Pictures, error) {
	lines := json.NewDecoder(bufio.NewReader(r))
	for {
		var line madePictures
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the process that makes them: found no pictures, expected some")
		case err != nil:
			return nil, err
		case line.Pictures != nil:
			return line.Pictures, nil
		}
		tell(line.What, line.Done, line.Total)
	}
}
