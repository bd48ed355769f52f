// Command site builds the course and the pages of the documentation as a static site: no
// script from elsewhere, formulas as MathML, and it works from disk.
//
//	cd docs/site && go run . -out ../../site
package main

import (
	"flag"
	"fmt"
	"log"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	root := flag.String("root", filepath.Join("..", ".."), "the repository")
	out := flag.String("out", filepath.Join("..", "..", "site"), "the folder to write into")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("found the argument %q, expected flags alone", flag.Arg(0))
	}
	n, err := build(*root, *out)
	if err == nil {
		err = check(*out)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d pages in %s\n", n, *out)
}
