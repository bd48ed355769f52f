//go:build js && wasm

// Command golden asks the engine all questions of the golden suite in a browser, and tells the
// page how it did, by messages of a worker.
package main

import (
	"context"
	"syscall/js"

	"entrec/reference/check"
	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/suite"
)

func main() {
	for _, part := range []struct {
		profile golden.Profile
		backend golden.Backend
	}{{golden.F64, engine.Backend[float64]()}, {golden.F32, engine.Backend[float32]()}} {
		if err := ask(part.profile, part.backend); err != nil {
			post(map[string]any{"error": err.Error()})
			return
		}
	}
	post(map[string]any{"end": true})
}

// ask asks a backend everything, and posts what came of it, an operation a row.
func ask(profile golden.Profile, backend golden.Backend) error {
	post(map[string]any{"profile": string(profile)})
	s, err := suite.Open()
	if err != nil {
		return err
	}
	report, err := check.Run(context.Background(), s, check.InProcess{Backend: backend, Jobs: 1}, check.Options{
		Profile:  profile,
		Progress: func(done, total int) { post(map[string]any{"done": done, "total": total}) },
	})
	if err != nil {
		return err
	}
	ops := []any{}
	for _, op := range report.Ops {
		ops = append(ops, map[string]any{
			"op": op.Op, "cases": op.Cases, "failed": op.Failed, "refusals": op.Refusals.Asked, "wrong": op.Refusals.Failed, "verdict": string(op.Verdict), "why": op.Why,
		})
	}
	post(map[string]any{"profile": string(profile), "passed": report.Passed, "failed": report.Failed, "expected": report.Expected, "left": len(report.LeftOut), "ops": ops})
	return nil
}

// post sends a message to the page.
func post(message map[string]any) { js.Global().Call("postMessage", js.ValueOf(message)) }
