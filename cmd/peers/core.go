package main

import (
	"fmt"
	"strings"

	"golang.org/x/sys/cpu"

	"entrec/simd"
)

// kernels says which instructions the kernels of a library use.
type kernels int

const (
	unknown kernels = iota
	sse
	avx
	avx2
	avx512
)

func (k kernels) String() string { return [...]string{"unknown", "SSE", "AVX", "AVX2", "AVX-512"}[k] }

// coreKernels has the core types of OpenBLAS for x86, in lower case.
var coreKernels = map[string]kernels{
	"katmai": sse, "coppermine": sse, "northwood": sse, "prescott": sse, "banias": sse, "atom": sse, "core2": sse, "penryn": sse,
	"dunnington": sse, "nehalem": sse, "athlon": sse, "opteron": sse, "opteron_sse3": sse, "barcelona": sse, "nano": sse, "bobcat": sse,
	"sandybridge": avx, "bulldozer": avx, "piledriver": avx, "steamroller": avx,
	"excavator": avx2, "haswell": avx2, "zen": avx2,
	"skylakex": avx512, "cooperlake": avx512, "sapphirerapids": avx512,
}

// kernelsOf returns what a core type uses.
func kernelsOf(core string) kernels { return coreKernels[strings.ToLower(core)] }

// features are those of the processor that OpenBLAS has kernels for.
type features struct{ avx2, avx512, bf16, amx bool }

// thisProcessor returns the features of this processor, less what GODEBUG switches off;
// where entrec is kept to AVX2, the peers are, too.
func thisProcessor() features {
	x := &cpu.X86
	f := features{avx2: x.HasAVX2 && x.HasFMA}
	f.avx512 = f.avx2 && x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && simd.Current() != simd.AVX2
	f.bf16 = f.avx512 && x.HasAVX512BF16
	f.amx = f.bf16 && x.HasAMXTile && x.HasAMXBF16
	return f
}

// kernels returns the best that the processor can run.
func (f features) kernels() kernels {
	switch {
	case f.avx512:
		return avx512
	case f.avx2:
		return avx2
	}
	return unknown
}

// cores returns the core types that fit the processor best, the best first. A version of
// OpenBLAS may not know all of them.
func (f features) cores() (list []string) {
	if f.amx {
		list = append(list, "SapphireRapids")
	}
	if f.bf16 {
		list = append(list, "Cooperlake")
	}
	if f.avx512 {
		return append(list, "SkylakeX")
	}
	if f.avx2 {
		list = append(list, "Haswell", "Zen")
	}
	return list
}

// choice is how the kernels of an OpenBLAS were chosen.
type choice struct {
	Found  string `json:"found"`            // by OpenBLAS itself; "" where there is none in use
	Asked  string `json:"asked,omitempty"`  // for by the user, by OPENBLAS_CORETYPE
	Forced string `json:"forced,omitempty"` // by this program
	// Unknown says that nobody knows here whether Found is the best that fits: core types
	// and features are known for x86 alone, and not all of them.
	Unknown bool `json:"unknown,omitempty"`
}

// choose chooses the kernels of an OpenBLAS. report returns the core type that it reports
// where a type is asked for, "" for none. A type that the user asked for stays. One that
// OpenBLAS has found stays where its kernels are the best that fit, or are unknown.
// Otherwise the best that it takes is forced.
func choose(have features, asked string, report func(core string) (string, error)) (choice, error) {
	found, err := report("")
	c := choice{Found: found, Asked: asked}
	c.Unknown = found != "" && (kernelsOf(found) == unknown || have.kernels() == unknown)
	if err != nil || found == "" || asked != "" || c.Unknown || kernelsOf(found) == have.kernels() {
		return c, err
	}
	for _, core := range have.cores() {
		got, err := report(core)
		if err != nil {
			return c, err
		}
		if strings.EqualFold(got, core) {
			c.Forced = core
			break
		}
	}
	return c, nil
}

// String says it in a report.
func (c choice) String() string {
	if c.Unknown {
		return c.words() + "; whether its kernels are the best for this processor is not known"
	}
	return c.words()
}

func (c choice) words() string {
	switch {
	case c.Found == "":
		return ""
	case c.Asked != "":
		return fmt.Sprintf("%s asked for by OPENBLAS_CORETYPE, OpenBLAS had chosen %s", c.Asked, c.Found)
	case c.Forced != "":
		return fmt.Sprintf("%s forced, OpenBLAS had chosen %s", c.Forced, c.Found)
	}
	return c.Found + ", chosen by OpenBLAS"
}

// unfair says why a time with a core type's kernels does not compare with entrec's, ""
// where it does or where nothing is known, which [choice] says.
func unfair(have features, core string) string {
	k, best := kernelsOf(core), have.kernels()
	switch {
	case k == unknown || best == unknown || k == best:
		return ""
	case k < best:
		return fmt.Sprintf("UNFAIR: the peer runs %s kernels for %s, the processor has %s", k, core, best)
	}
	return fmt.Sprintf("UNFAIR: the peer runs %s kernels for %s, entrec is kept to %s", k, core, best)
}
