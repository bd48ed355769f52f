//go:build !js

// Command playground prints what an exhibit of the course's playground shows at its end:
//
//	go run ./cmd/playground 'forces?weight=0'
//
// Made for WebAssembly it is the playground itself: see make playground.
package main

import (
	"fmt"
	"os"

	"entrec/playground"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintf(os.Stderr, "playground: found %d arguments, expected one such as 'forces?weight=0'\n", len(os.Args)-1)
		os.Exit(2)
	}
	text, err := playground.Print(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		os.Exit(2)
	}
	fmt.Print(text)
}
