package main

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/mmcloughlin/avo/build"
)

// kernel is one loop, of which up to six functions are written: for float32 and
// float64 with AVX2 and with NEON, and with AVX-512 where that is measured to pay.
type kernel struct {
	name   string // of the dispatching function; the plain twin's is name + Plain
	params string // as in Go, with T for the element type
	result bool   // of type T
	loop   string // what it computes, in Go
	avx512 []int  // the sizes of elements for which there is a function with AVX-512
	write  func(m *machine)
}

// Values of kernel.avx512. For other sizes of elements the functions with AVX2 serve the
// level AVX-512 too; the bits are the same. The figures beside a kernel say how many
// times as fast as AVX2 it is with AVX-512: with data in the first-level cache, in the
// second and in memory, on an Intel Xeon (Ice Lake server).
//
// Elementwise arithmetic and optimizers have no function with AVX-512. They wait for
// memory: AVX-512 is 1.4 times as fast in the first-level cache, but no faster beyond it,
// and would save less than 1 % of a step of a ResNet or a ViT. Nor has a float64 function
// that would save less than 3 % of a step.
var (
	single = []int{4}
	both   = []int{4, 8}
)

// widths returns the sizes of vectors, in bytes, of the functions for a size of
// elements.
func (k *kernel) widths(size int) []int {
	if slices.Contains(k.avx512, size) {
		return []int{32, 64}
	}
	return []int{32}
}

// signature returns the parameters and result, with element for T.
func (k *kernel) signature(element string) string {
	params := strings.ReplaceAll(k.params, "]T", "]"+element)
	params = strings.ReplaceAll(params, " T", " "+element)
	if k.result {
		return fmt.Sprintf("(%s) %s", params, element)
	}
	return fmt.Sprintf("(%s)", params)
}

// functions writes the kernel's functions.
func (k *kernel) functions() {
	for _, size := range []int{4, 8} {
		for _, bytes := range k.widths(size) {
			m := &machine{size: size, bytes: bytes}
			name := k.name + m.suffix()
			TEXT(name, 1<<2 /* NOSPLIT */, "func"+k.signature(m.float()))
			Doc(append([]string{name + " is " + k.name + "Plain:", ""}, strings.Split("\t"+strings.ReplaceAll(k.loop, "\n", "\n\t"), "\n")...)...)
			Pragma("noescape")
			k.write(m)
		}
	}
}

// arguments returns the parameters' names with the conversions that a call of the
// functions for size needs.
func (k *kernel) arguments(size int) string {
	var list, group []string
	for _, p := range strings.Split(k.params, ", ") {
		name, kind, _ := strings.Cut(p, " ")
		group = append(group, name)
		if kind == "" {
			continue
		}
		for _, g := range group {
			switch {
			case kind == "[]T" && size > 0:
				g = fmt.Sprintf("as%d(%s)", 8*size, g)
			case kind == "T" && size > 0:
				g = fmt.Sprintf("float%d(%s)", 8*size, g)
			}
			list = append(list, g)
		}
		group = nil
	}
	return strings.Join(list, ", ")
}

// variant is a function of a kernel, by the end of its name, and the levels that it
// serves, as simd's variants of them are called.
type variant struct {
	suffix string
	serves string
}

func (k *kernel) variantsAMD64(size int) []variant {
	var all []variant
	for _, bytes := range k.widths(size) {
		suffix := (&machine{size: size, bytes: bytes}).suffix()
		all = append(all, variant{suffix, "f" + suffix[1:]})
	}
	if len(all) == 1 {
		all[0].serves += ", f" + (&machine{size: size, bytes: 64}).suffix()[1:]
	}
	return all
}

func (k *kernel) variantsARM64(size int) []variant {
	suffix := (&machine{size: size, neon: &neon{}}).suffix()
	return []variant{{suffix, "f" + suffix[1:]}}
}

// dispatch returns the Go function that calls the best of the kernel's functions,
// or, without assembly, the plain twin.
func (k *kernel) dispatch(variants func(k *kernel, size int) []variant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nfunc %s[T Float]%s {\n", k.name, k.signature("T"))
	call := func(name, args string, convert bool) {
		s := fmt.Sprintf("%s(%s)", name, args)
		if convert && k.result {
			s = "T(" + s + ")"
		}
		if k.result {
			s = "return " + s
		}
		fmt.Fprintf(&b, "\t%s\n", s)
	}
	if variants != nil {
		b.WriteString("\tswitch variantOf[T]() {\n")
		for _, size := range []int{4, 8} {
			for _, v := range variants(k, size) {
				fmt.Fprintf(&b, "\tcase %s:\n\t", v.serves)
				call(k.name+v.suffix, k.arguments(size), true)
			}
		}
		b.WriteString("\tdefault:\n\t")
	}
	call(k.name+"Plain", k.arguments(0), false)
	if variants != nil {
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return b.String()
}
