// Command entrec trains and evaluates multi-view self-supervised encoders on a
// CPU, and answers for the golden suite. See the README and entrec help.
package main

import "entrec/cmd/entrec/command"

func main() { command.Main() }
