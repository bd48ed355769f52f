// Package answer lets a function of a few lines answer the golden suite about one
// operation: it reads the questions, refuses those that are wrong, and writes the
// answers. The starting files of the course's exercises use it.
package answer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// Op describes an operation.
type Op struct {
	Name   string
	Inputs map[string]string   // the axes of each input: "k d"; a letter is the same length everywhere, a digit its own
	Attrs  map[string][]string // a word's choices; none for a number above 0
	Least  map[string]int      // of numbers that may be as low as this, and of letters
	Fixed  []string            // inputs that have no gradient
	Output string
}

// Question is a question whose shapes and attributes are right.
type Question struct {
	In     map[string]*golden.Array
	Number map[string]float64
	Word   map[string]string
	// CT is the cotangent of the output: the gradients asked for are those of Σ ct·out.
	// It is nil where none are.
	CT *golden.Array
}

// Func answers a question: the output, and the gradient of each input. The gradients are
// left out where nobody asks.
type Func func(q *Question) (out *golden.Array, grads map[string]*golden.Array)

// unsupported is the exit status that says that there is no such operation here.
const unsupported = 3

// Main answers the questions that the process's arguments name, two files or two folders,
// and exits.
func Main(op Op, f Func) {
	err := op.run(f, os.Args[1:])
	switch {
	case errors.Is(err, golden.ErrUnsupported):
		os.Exit(unsupported)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (op Op) run(f Func, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("found %d arguments, expected QUESTION ANSWER: entrec course check calls this program", len(args))
	}
	info, err := os.Stat(args[0])
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return op.file(f, args[0], args[1])
	}
	questions, err := filepath.Glob(filepath.Join(args[0], "*"+golden.Extension))
	for _, question := range questions {
		var refused *golden.RefusedError
		err := op.file(f, question, filepath.Join(args[1], filepath.Base(question)))
		if err != nil && !errors.Is(err, golden.ErrUnsupported) && !errors.As(err, &refused) {
			return err
		}
	}
	return err
}

// file answers one question.
func (op Op) file(f Func, question, answer string) error {
	content, err := os.ReadFile(question)
	if err != nil {
		return err
	}
	c, err := golden.ParseQuestion(question, content)
	if err != nil {
		return err
	}
	a, err := golden.Ask(golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) { return op.answer(f, c) }), c)
	if err != nil {
		return err
	}
	if content, err = a.Marshal(c, golden.Double); err != nil {
		return err
	}
	return os.WriteFile(answer, content, fs.FileMode(0o644))
}

// answer answers a question that is right.
func (op Op) answer(f Func, c *golden.Case) (*golden.Answer, error) {
	if c.Op != op.Name {
		return nil, golden.ErrUnsupported
	}
	q := &Question{In: c.In, CT: c.CT[op.Output], Number: map[string]float64{}, Word: map[string]string{}}
	wrt, err := c.Attrs.Wrt()
	if err == nil {
		err = op.wrong(c, q, wrt)
	}
	if err != nil {
		return nil, golden.Refuse(op.Name, "%v", err)
	}
	out, grads := f(q)
	if q.CT != nil && !slices.Equal(q.CT.Shape, out.Shape) {
		return nil, golden.Refuse(op.Name, "cotangent: found shape %v, expected %v", q.CT.Shape, out.Shape)
	}
	a := &golden.Answer{Out: map[string]*golden.Array{op.Output: out}, Grad: map[string]*golden.Array{}}
	for _, name := range wrt {
		if grads[name] == nil {
			return nil, fmt.Errorf("%s: found no gradient of %s", op.Name, name)
		}
		a.Grad[name] = grads[name]
	}
	return a, nil
}

// wrong says what is wrong with a question, and takes its attributes.
func (op Op) wrong(c *golden.Case, q *Question, wrt []string) error {
	lengths := map[string]int{}
	for name, axes := range op.Inputs {
		x := c.In[name]
		letters := strings.Fields(axes)
		if x == nil || len(c.In) != len(op.Inputs) || x.Rank() != len(letters) {
			return fmt.Errorf("found other inputs than %v", op.Inputs)
		}
		for i, letter := range letters {
			n, seen := lengths[letter]
			if x.Shape[i] < max(1, op.Least[letter]) || seen && n != x.Shape[i] || letter >= "0" && letter <= "9" && fmt.Sprint(x.Shape[i]) != letter {
				return fmt.Errorf("%s: found shape %v, expected (%s)", name, x.Shape, axes)
			}
			lengths[letter] = x.Shape[i]
		}
	}
	for name := range c.Attrs {
		if _, known := op.Attrs[name]; !known && name != "wrt" {
			return fmt.Errorf("attribute %q is unknown", name)
		}
	}
	for name, choices := range op.Attrs {
		var err error
		if choices != nil {
			q.Word[name], err = c.Attrs.Choice(name, choices...)
		} else if q.Number[name], err = c.Attrs.Float(name); err == nil && !op.fits(name, q.Number[name]) {
			err = fmt.Errorf("attribute %q: found %v, which is too low", name, q.Number[name])
		}
		if err != nil {
			return err
		}
	}
	for i, name := range wrt {
		if _, known := op.Inputs[name]; !known || q.CT == nil || slices.Contains(wrt[:i], name) || slices.Contains(op.Fixed, name) {
			return fmt.Errorf("wrt: found %v, expected inputs, once each, and a cotangent", wrt)
		}
	}
	return nil
}

// fits says whether a number is one that the attribute may be.
func (op Op) fits(name string, x float64) bool {
	if least, ok := op.Least[name]; ok {
		return x >= float64(least)
	}
	return x > 0
}
