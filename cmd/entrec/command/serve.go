package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"entrec/mvssl/page/serve"
	"entrec/mvssl/pictures"
)

// lookPause is how long a page hears nothing of what is written, headerPause how long a
// client may take to ask.
const (
	lookPause   = time.Second
	headerPause = 10 * time.Second
)

func newServe() *cobra.Command {
	var address, playground string
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Show all runs of a folder in a browser, while they train",
		Long: `Show all runs at or below DIR (runs/ unless it is named) in a browser: the page
of entrec report, live. Nothing is written but pictures that are asked for, into
the user's cache folder; nothing is asked of other machines, and only this
machine can see it, unless --address names another of its addresses: then
everybody who reaches that can look at the runs.

With --playground the course's playground is shown too, from the folder that
make playground wrote, at /playground/; it is no part of this program.`,
		Example: "  entrec serve\n  entrec serve runs/sweep --address 127.0.0.1:8000\n  entrec serve --playground site/playground",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	cmd.Flags().StringVar(&address, "address", "127.0.0.1:7117", "HOST:PORT to listen at; port 0 for any that is free")
	cmd.Flags().StringVar(&playground, "playground", "", "folder of the playground, to be shown at /playground/")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dir := "runs"
		if len(args) > 0 {
			dir = args[0]
		}
		host, port, err := net.SplitHostPort(address)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil || host == "" {
			return usageError{fmt.Errorf("--address: found %q, expected HOST:PORT such as 127.0.0.1:7117", address), cmd.UseLine()}
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return failed(fmt.Errorf("%s: found no folder, expected one with runs; entrec train makes runs/", dir))
		}
		if err := holdsPlayground(playground); err != nil {
			return failed(err)
		}
		listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", address)
		if err != nil {
			return failed(fmt.Errorf("%w; --address chooses another, 127.0.0.1:0 any port that is free", err))
		}
		return failed(serveRuns(cmd, dir, playground, listener))
	}
	return cmd
}

// holdsPlayground returns an error where a folder that is named has no playground in it.
func holdsPlayground(dir string) error {
	if dir == "" {
		return nil
	}
	file := filepath.Join(dir, "playground.wasm")
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%s: found no such file, expected --playground to be a folder that make playground wrote", file)
	}
	return nil
}

// serveRuns answers until the command is interrupted.
func serveRuns(cmd *cobra.Command, dir, playground string, listener net.Listener) error {
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	loopback := serve.Loopback(listener.Addr().String())
	if !loopback {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: EVERYBODY who reaches %s can look at the runs: there is no password\n", listener.Addr())
	}
	s := serve.New(dir, loopback, func(run string, tell func(what string, done, total int)) (*pictures.Pictures, error) {
		return makePictures(ctx, run, tell)
	})
	s.Playground = playground
	ticks := time.NewTicker(lookPause)
	defer ticks.Stop()
	go s.Watch(ctx, ticks.C)
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: headerPause, BaseContext: func(net.Listener) context.Context { return ctx }}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(cmd.OutOrStdout(), "http://%s/ shows the runs of %s; Ctrl-C ends it\n", listener.Addr(), dir)
	if playground != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "http://%s/playground/ is the playground\n", listener.Addr())
	}
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return context.Cause(cmd.Context())
	}
	return err
}
