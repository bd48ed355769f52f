package main

import (
	"fmt"
	"io"
)

// cache is a small one of the first level: lines of 64 bytes in sets of eight, of which the
// one that was used longest ago makes room.
type cache struct {
	sets   [][]int // the lines of each set, the latest first
	missed int
}

func newCache(kilobytes int) *cache {
	c := &cache{sets: make([][]int, kilobytes*1024/64/8)}
	for i := range c.sets {
		c.sets[i] = make([]int, 0, 8)
	}
	return c
}

// touch reads or writes four bytes at an address.
func (c *cache) touch(address int) {
	line := address / 64
	set := &c.sets[line%len(c.sets)]
	at := 0
	for at < len(*set) && (*set)[at] != line {
		at++
	}
	if at == len(*set) {
		c.missed++
		if at == cap(*set) {
			at--
		} else {
			*set = append(*set, 0)
		}
	}
	copy((*set)[1:at+1], (*set)[:at])
	(*set)[0] = line
}

// order visits all i, j, k below n, for C[i,j] += A[i,k]·B[k,j].
type order struct {
	name  string
	visit func(n int, do func(i, j, k int))
}

var orders = []order{
	{"i, j, k", func(n int, do func(i, j, k int)) {
		for i := range n {
			for j := range n {
				for k := range n {
					do(i, j, k)
				}
			}
		}
	}},
	{"i, k, j", func(n int, do func(i, j, k int)) {
		for i := range n {
			for k := range n {
				for j := range n {
					do(i, j, k)
				}
			}
		}
	}},
	{"blocks of 16", func(n int, do func(i, j, k int)) {
		for i0 := 0; i0 < n; i0 += block {
			for k0 := 0; k0 < n; k0 += block {
				for j0 := 0; j0 < n; j0 += block {
					for i := i0; i < i0+block; i++ {
						for k := k0; k < k0+block; k++ {
							for j := j0; j < j0+block; j++ {
								do(i, j, k)
							}
						}
					}
				}
			}
		}
	}},
}

const block = 16

// loops multiplies matrices in several orders: the arithmetic is the same, what comes from
// memory is not.
func loops(w io.Writer) {
	const n, kilobytes = 112, 4
	fmt.Fprintf(w, "%d×%d, a cache of %d kB\n%-14s %s\n", n, n, kilobytes, "order", "bytes from memory for each multiply-add")
	for _, o := range orders {
		c := newCache(kilobytes)
		o.visit(n, func(i, j, k int) {
			c.touch(4 * (i*n + k))
			c.touch(4 * (n*n + k*n + j))
			c.touch(4 * (2*n*n + i*n + j))
		})
		fmt.Fprintf(w, "%-14s %10.2f\n", o.name, 64*float64(c.missed)/float64(n*n*n))
	}
}
