// Command own-method is entrec with a method of one's own, and its ER twin.
//
//	go run ./own-method methods mine
//	go run ./own-method train --method mine --my-parameter 3
//	go run ./own-method train --method mine-er
package main

import "entrec/cmd/entrec/command"

func main() { command.Main() }
