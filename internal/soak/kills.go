package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"entrec/mvssl"
)

// killer makes runs of the command and kills them.
type killer struct {
	entrec, dir string
	rng         *rand.Rand
}

// kill makes small runs of all methods in turn, kills each several times at random
// moments, and holds what it ends with against a run that nobody stopped.
func kill(ctx context.Context, p part) (result string, failed bool, err error) {
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(dir)
	k := killer{filepath.Join(dir, "entrec"), dir, rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))}
	if _, err := output(ctx, "go", "build", "-o", k.entrec, "./cmd/entrec"); err != nil {
		return "", false, err
	}
	until := time.Now().Add(time.Duration(p.Seconds * float64(time.Second)))
	runs, kills := 0, 0
	for rows := mvssl.Rows(); runs == 0 || time.Now().Before(until); runs++ {
		n, err := k.run(ctx, rows[runs%len(rows)].Name)
		kills += n
		if ctx.Err() != nil {
			return "", false, errors.New("interrupted; the same command goes on")
		}
		if err != nil {
			return fmt.Sprintf("FAILED after %d runs: %v", runs, err), true, nil
		}
	}
	return fmt.Sprintf("passed: %d runs killed %d times, each with the bits of a run that was not", runs, kills), false, nil
}

// maxKills is how often a run is killed at most.
const maxKills = 6

// run makes a run twice, once in peace, once killed, and compares. It returns the number
// of kills.
func (k killer) run(ctx context.Context, method string) (kills int, err error) {
	args := []string{"train", "--method", method, "--subset", "256", "--encoder", "mlp", "--width", "16", "--epochs", "3",
		"--log-every", "1", "--seed", fmt.Sprint(k.rng.Uint64()), "--threads", fmt.Sprint(1 + k.rng.IntN(3)), "--json", "--resume", "--keep-predictions"}
	peace, killed := filepath.Join(k.dir, "peace"), filepath.Join(k.dir, "killed")
	defer os.RemoveAll(peace)
	defer os.RemoveAll(killed)
	began := time.Now()
	want, err := k.train(ctx, append(args, "--out", peace), 0)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	took := time.Since(began)
	for kills < maxKills {
		after := time.Duration(1 + k.rng.Int64N(int64(took)))
		got, err := k.train(ctx, append(args, "--out", killed), after)
		if err == nil {
			return kills, k.same(want, got, peace, killed)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			return kills, fmt.Errorf("%s: after %d kills: %w", strings.Join(args, " "), kills, err)
		}
		kills++
	}
	got, err := k.train(ctx, append(args, "--out", killed), 0)
	if err != nil {
		return kills, fmt.Errorf("%s: after %d kills: %w", strings.Join(args, " "), kills, err)
	}
	return kills, k.same(want, got, peace, killed)
}

// train runs the command, kills it after a while, unless that is 0, and returns the
// summary. The error of one that was killed is context.DeadlineExceeded.
func (k killer) train(ctx context.Context, args []string, after time.Duration) (map[string]any, error) {
	limited, stop := context.WithCancel(ctx)
	if after > 0 {
		limited, stop = context.WithTimeout(ctx, after)
	}
	defer stop()
	cmd := exec.CommandContext(limited, k.entrec, args...) // killed by SIGKILL
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if limited.Err() != nil {
			return nil, limited.Err()
		}
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	var summary map[string]any
	return summary, json.Unmarshal(stdout.Bytes(), &summary)
}

// same reports in what two runs differ that must not.
func (k killer) same(want, got map[string]any, peace, killed string) error {
	for _, field := range []string{"params_sha256", "loss", "knn_top1", "linear_top1", "linear_top1_bag", "entropy", "steps", "predictions_sha256"} {
		if want[field] != got[field] {
			return fmt.Errorf("%s of a killed run: found %v, expected %v", field, got[field], want[field])
		}
	}
	lines, err := os.ReadFile(filepath.Join(peace, "metrics.jsonl"))
	if err != nil {
		return err
	}
	other, err := os.ReadFile(filepath.Join(killed, "metrics.jsonl"))
	if err != nil {
		return err
	}
	if !bytes.Equal(lines, other) {
		return errors.New("metrics.jsonl of a killed run: found other lines than those of a run in peace")
	}
	return nil
}
