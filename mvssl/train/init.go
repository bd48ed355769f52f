package train

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"entrec/nn"
)

// InitError is what is wrong with the file of the weights that an encoder begins with.
type InitError struct{ Err error }

// Error is one line.
func (e *InitError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *InitError) Unwrap() error { return e.Err }

// readInit reads the weights that an encoder begins with.
func readInit(path string) (*nn.Weights, error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, &InitError{err}
	}
	return w, nil
}

// CheckInit says in one line what an encoder of the configuration takes of the file of its
// weights, and what it does not. The error is an [*InitError]: what does not fit.
func CheckInit(cfg Config) (note string, err error) {
	w, err := readInit(cfg.Init)
	if err != nil {
		return "", err
	}
	e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(0, 0)), cfg.Model.Encoder)
	if err != nil {
		return "", err
	}
	if note, err = nn.LoadWeights(w, cfg.Model.Encoder.Name, e); err != nil {
		return "", &InitError{err}
	}
	return note, nil
}

// initial returns the weights that a run begins with, nil where they are drawn, or the run
// goes on from a checkpoint.
func initial(cfg Config, opts Options) (*nn.Weights, error) {
	if cfg.Init == "" {
		return nil, nil
	}
	if opts.Resume {
		if _, err := openLatest(opts.Out); !errors.Is(err, os.ErrNotExist) {
			return nil, nil // whose state is in the checkpoint
		}
	}
	w, err := readInit(cfg.Init)
	if err == nil && w.SHA256 != cfg.InitSHA256 {
		err = &InitError{fmt.Errorf("%s: found content of SHA-256 %s, expected %s: it changed since the run was configured", cfg.Init, w.SHA256, cfg.InitSHA256)}
	}
	return w, err
}
