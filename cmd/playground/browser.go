//go:build js && wasm

package main

import (
	"math"
	"syscall/js"

	"entrec/internal/message"
	"entrec/playground"
)

// show is the exhibit that is open.
var show *playground.Show

func main() {
	js.Global().Set("playground", js.ValueOf(map[string]any{
		"exhibits": guarded(func([]js.Value) (any, error) { return exhibits(), nil }),
		"open": guarded(func(args []js.Value) (any, error) {
			var err error
			if show, err = playground.Open(args[0].String()); err != nil {
				return nil, err
			}
			return seen(), nil
		}),
		"next": guarded(func([]js.Value) (any, error) {
			if !show.Next() {
				return nil, nil
			}
			return seen(), nil
		}),
	}))
	select {}
}

// guarded makes a function for the browser of one that may fail or panic: it returns an
// object with a message then, for whoever called it.
func guarded(f func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) (result any) {
		defer func() {
			if r := recover(); r != nil {
				result = map[string]any{"error": "panic: " + message.Text(r)}
			}
		}()
		result, err := f(args)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		return result
	})
}

// exhibits returns what can be opened, with its controls.
func exhibits() any {
	var all []any
	for _, e := range playground.Exhibits {
		controls := []any{}
		for _, c := range e.Controls {
			controls = append(controls, map[string]any{"name": c.Name, "choices": list(c.Choices), "default": c.Default})
		}
		all = append(all, map[string]any{"name": e.Name, "steps": e.Steps, "controls": controls})
	}
	return all
}

// seen returns what is seen of the exhibit now.
func seen() any {
	look := show.Look()
	var numbers []any
	for _, n := range look.Numbers {
		numbers = append(numbers, map[string]any{"name": n.Name, "value": n.Value, "text": n.Text()})
	}
	return map[string]any{
		"address": show.Address(), "step": look.Step, "steps": show.Exhibit.Steps, "numbers": numbers,
		"points": floats(look.Points), "labels": list(look.Labels), "marks": floats(look.Marks), "images": floats(look.Images),
	}
}

func list[T any](values []T) any {
	all := []any{}
	for _, v := range values {
		all = append(all, v)
	}
	return all
}

// floats returns numbers as a Float32Array.
func floats(x []float64) any {
	var bytes []byte
	for _, v := range x {
		b := math.Float32bits(float32(v))
		bytes = append(bytes, byte(b), byte(b>>8), byte(b>>16), byte(b>>24))
	}
	array := js.Global().Get("Uint8Array").New(len(bytes))
	js.CopyBytesToJS(array, bytes)
	return js.Global().Get("Float32Array").New(array.Get("buffer"))
}
