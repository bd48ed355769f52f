// Command soak looks for what short tests miss: it shares a time out among all fuzz
// targets and random kills of runs.
//
//	go run ./internal/soak -minutes 120
//
// What it has done is kept in a file after each part, so that the same command goes on
// with an interrupted soak; the result of a whole one is written to docs/soak.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"entrec/internal/bench"
	"entrec/internal/files"
)

// killShare is the part of the time for kills of runs; the targets share the rest.
const killShare = 0.25

func main() {
	log.SetFlags(0)
	minutes := flag.Float64("minutes", 120, "how long a whole soak takes, in minutes")
	state := flag.String("state", "soak.json", "where the soak's state is kept")
	page := flag.String("page", "docs/soak.md", "where the result is written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := soak(ctx, *minutes, *state, *page); err != nil {
		log.Fatal("soak: ", err)
	}
}

// soak makes the parts that are left and writes the page once there are none.
func soak(ctx context.Context, minutes float64, state, page string) error {
	if minutes <= 0 {
		return fmt.Errorf("-minutes: found %v, expected a positive number", minutes)
	}
	s, err := readState(state)
	if errors.Is(err, os.ErrNotExist) {
		s, err = begin(ctx, minutes)
	}
	if err != nil {
		return err
	}
	for i := range s.Parts {
		p := &s.Parts[i]
		if p.Result != "" {
			continue
		}
		log.Printf("%d/%d %s, %.0f s", i+1, len(s.Parts), p.Name(), p.Seconds)
		run := fuzz
		if p.Target == "" {
			run = kill
		}
		result, failed, err := run(ctx, *p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name(), err)
		}
		p.Result, p.Failed = result, failed
		log.Print("  ", p.Result)
		if err := s.write(state); err != nil {
			return err
		}
	}
	if err := files.Write(page, []byte(s.page())); err != nil {
		return err
	}
	if err := os.Remove(state); err != nil {
		return err
	}
	if n := s.failures(); n > 0 {
		return fmt.Errorf("%d of %d parts failed: see %s", n, len(s.Parts), page)
	}
	return nil
}

// begin plans a soak of the commit that is checked out.
func begin(ctx context.Context, minutes float64) (*soakState, error) {
	commit, err := output(ctx, "git", "describe", "--always", "--dirty")
	if err != nil {
		return nil, err
	}
	list, err := output(ctx, "go", "test", "-list", "^Fuzz", "./...")
	if err != nil {
		return nil, err
	}
	m := bench.ThisMachine()
	s := &soakState{
		Minutes: minutes, Commit: strings.TrimSpace(commit), Began: time.Now().UTC().Truncate(time.Second),
		Machine: fmt.Sprintf("%s, %d cores, %s, %s", m.CPU, m.Cores, m.OS, m.Go),
	}
	s.plan(targets(list))
	return s, nil
}

// output returns what a command prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}
