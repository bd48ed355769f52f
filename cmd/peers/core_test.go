package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChoose is the table of decisions: what the processor has, what the user asked for
// and what OpenBLAS finds lead to what it runs, and whether that is fair.
func TestChoose(t *testing.T) {
	old := features{}
	haswell := features{avx2: true}
	skylake := features{avx2: true, avx512: true}
	cooper := features{avx2: true, avx512: true, bf16: true}
	sapphire := features{avx2: true, avx512: true, bf16: true, amx: true}
	const all = "Prescott Nehalem Sandybridge Haswell Zen SkylakeX Cooperlake SapphireRapids"
	const debian12 = "Prescott Nehalem Sandybridge Haswell Zen SkylakeX" // what 0.3.21 takes
	for _, c := range []struct {
		name               string
		have               features
		asked, found, know string
		forced, runs, says string
	}{
		{"known", skylake, "", "SkylakeX", debian12, "", "SkylakeX", ""},
		{"as good by another name", cooper, "", "SkylakeX", all, "", "SkylakeX", ""},
		{"AMD known", haswell, "", "Zen", all, "", "Zen", ""},
		{"not known, AVX-512", skylake, "", "Prescott", debian12, "SkylakeX", "SkylakeX", ""},
		{"not known, bfloat16", cooper, "", "Prescott", all, "Cooperlake", "Cooperlake", ""},
		{"not known, AMX", sapphire, "", "Prescott", all, "SapphireRapids", "SapphireRapids", ""},
		{"not known, AMX, but an old library", sapphire, "", "Prescott", debian12, "SkylakeX", "SkylakeX", ""},
		{"not known, AVX2", haswell, "", "Prescott", debian12, "Haswell", "Haswell", ""},
		{"AVX is not AVX2", haswell, "", "Sandybridge", debian12, "Haswell", "Haswell", ""},
		{"AVX2 is not AVX-512", skylake, "", "Haswell", debian12, "SkylakeX", "SkylakeX", ""},
		{"entrec kept to AVX2", haswell, "", "SkylakeX", debian12, "Haswell", "Haswell", ""},
		{"nothing better in the library", skylake, "", "Prescott", "Prescott Nehalem", "", "Prescott", "SSE kernels for Prescott, the processor has AVX-512"},
		{"asked for", skylake, "SkylakeX", "Prescott", debian12, "", "SkylakeX", ""},
		{"asked for less", skylake, "Haswell", "SkylakeX", debian12, "", "Haswell", "AVX2 kernels for Haswell, the processor has AVX-512"},
		{"asked for more", haswell, "SkylakeX", "Haswell", debian12, "", "SkylakeX", "AVX-512 kernels for SkylakeX, entrec is kept to AVX2"},
		{"asked for what is not there", skylake, "Nonsense", "SkylakeX", debian12, "", "SkylakeX", ""},
		{"no OpenBLAS", skylake, "", "", debian12, "", "", ""},
		{"another architecture", old, "", "NeoverseN1", "NeoverseN1", "", "NeoverseN1", ""},
		{"a name of tomorrow", skylake, "", "GraniteRapids", debian12, "", "GraniteRapids", ""},
		{"neither AVX2 nor AVX-512", old, "", "Nehalem", all, "", "Nehalem", ""},
	} {
		report := func(core string) (string, error) {
			for _, k := range strings.Fields(c.know) {
				if strings.EqualFold(core, k) {
					return k, nil
				}
			}
			return c.found, nil // OpenBLAS chooses for itself where it does not know a name
		}
		got, err := choose(c.have, c.asked, report)
		require.NoError(t, err)
		known := c.found == "" || kernelsOf(c.found) != unknown && c.have != old
		require.Equal(t, choice{Found: c.found, Asked: c.asked, Forced: c.forced, Unknown: !known}, got, c.name)
		runs, err := report(got.Asked + got.Forced)
		require.NoError(t, err)
		require.Equal(t, c.runs, runs, c.name)
		if c.says == "" {
			require.Empty(t, unfair(c.have, runs), c.name)
		} else {
			require.Equal(t, "UNFAIR: the peer runs "+c.says, unfair(c.have, runs), c.name)
		}
	}
	_, err := choose(skylake, "", func(string) (string, error) { return "", errors.ErrUnsupported })
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

func TestChoiceInWords(t *testing.T) {
	for want, c := range map[string]choice{
		"":                             {},
		"SkylakeX, chosen by OpenBLAS": {Found: "SkylakeX"},
		"SkylakeX forced, OpenBLAS had chosen Prescott":                                                    {Found: "Prescott", Forced: "SkylakeX"},
		"NeoverseN1, chosen by OpenBLAS; whether its kernels are the best for this processor is not known": {Found: "NeoverseN1", Unknown: true},
		"Prescott asked for by OPENBLAS_CORETYPE, OpenBLAS had chosen SkylakeX":                            {Found: "SkylakeX", Asked: "Prescott"},
	} {
		require.Equal(t, want, c.String())
	}
}
