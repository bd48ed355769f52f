package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFormula: how the notation of the documentation is read.
func TestFormula(t *testing.T) {
	for text, want := range map[string]string{
		"κ":          "<mi>κ</mi>",
		"z1_i":       "<msub><mrow><mi>z</mi></mrow><mrow><mn>1</mn><mo separator=\"true\">,</mo><mi>i</mi></mrow></msub>",
		"s_ij":       "<msub><mrow><mi>s</mi></mrow><mrow><mi>i</mi><mi>j</mi></mrow></msub>",
		"a / b + c":  "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac><mo>+</mo><mi>c</mi>",
		"a/b":        `<mi>a</mi><mo lspace="0" rspace="0">/</mo><mi>b</mi>`,
		"e^{−x}":     `<msup><mrow><mi>e</mi></mrow><mrow><mo form="prefix" lspace="0.1em" rspace="0">−</mo><mi>x</mi></mrow></msup>`,
		"p\u0302":    `<mover accent="true"><mi>p</mi><mo stretchy="false">^</mo></mover>`,
		"Ĥ2":         `<msub><mover accent="true"><mi>H</mi><mo stretchy="false">^</mo></mover><mn>2</mn></msub>`,
		"log −x":     `<mi>log</mi><mspace width="0.2em"/><mo form="prefix" lspace="0.1em" rspace="0">−</mo><mi>x</mi>`,
		"log k":      `<mi>log</mi><mspace width="0.2em"/><mi>k</mi>`,
		"right half": "<mtext>right half</mtext>",
		"⟨a⟩":        `<mrow><mo stretchy="false" lspace="0" rspace="0">⟨</mo><mi>a</mi><mo stretchy="false" lspace="0" rspace="0">⟩</mo></mrow>`,
		"(a / b)":    `<mrow><mo lspace="0" rspace="0">(</mo><mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac><mo lspace="0" rspace="0">)</mo></mrow>`,
		"a / (b)":    "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>",
		"|a| | b":    `<mo stretchy="false" lspace="0" rspace="0">|</mo><mi>a</mi><mo stretchy="false" lspace="0" rspace="0">|</mo><mspace width="0.2em"/><mo stretchy="false">|</mo><mspace width="0.2em"/><mi>b</mi>`,
		"dx'":        "<mi>d</mi><mi>x′</mi>",
		"⟨Σ ⟩":       `<mrow><mo stretchy="false" lspace="0" rspace="0">⟨</mo><mi>Σ</mi><mo stretchy="false" lspace="0" rspace="0">⟩</mo></mrow>`,
		"Σ_j x":      `<munder><mo>∑</mo><mrow><mi>j</mi></mrow></munder><mspace width="0.2em"/><mi>x</mi>`,
		"<":          "<mo>&lt;</mo>",
		"x²":         "<msup><mrow><mi>x</mi></mrow><mrow><mn>2</mn></mrow></msup>",
		"bᵀ":         "<msup><mrow><mi>b</mi></mrow><mrow><mn>T</mn></mrow></msup>",
		"√(a/b)":     `<msqrt><mi>a</mi><mo lspace="0" rspace="0">/</mo><mi>b</mi></msqrt>`,
		"½":          "<mn>½</mn>",
	} {
		all, err := read(text, true)
		require.NoError(t, err, text)
		require.Equal(t, want, joined(all), text)
	}
	for _, text := range []string{"(a", "a)", "e^", "e^{a", "x_−", "√", "{a}", "a $ b", "┴"} {
		_, err := read(text, true)
		require.Error(t, err, text)
	}
}

// TestDisplay: a block is a formula or it is not.
func TestDisplay(t *testing.T) {
	for text, want := range map[string]bool{
		"I(V1; V2) ≤ log 4": true, "go build ./cmd/entrec": false, "entrec train --kappa 5": false, "tape := f(x)": false,
		"  1  2.5  3": false, "p = json.load(x)": false, "ξ ← m·ξ + (1 − m)·θ": true,
	} {
		_, ok := display([]string{text})
		require.Equal(t, want, ok, text)
	}
	ml, ok := display([]string{"a = b + c", "    └x┘ "})
	require.True(t, ok)
	require.Contains(t, ml, `<munder><mrow class="part"><mi>b</mi></mrow><mtext>x</mtext></munder><mo>+</mo>`)
	ml, ok = display([]string{"a = b", "  ≥ c"})
	require.True(t, ok)
	require.Contains(t, ml, `<mtr><mtd class="right"></mtd><mtd class="left"><mo>≥</mo><mi>c</mi></mtd></mtr>`)
}

// TestInline: indices and exponents are found in prose, and nowhere else.
func TestInline(t *testing.T) {
	require.Equal(t, `a &lt; <math><msub><mrow><mi>C</mi></mrow><mrow><mn>3</mn></mrow></msub></math>(κ)`, inline("a < C_3(κ)"))
	require.Equal(t, "mi_er and snake_case", inline("mi_er and snake_case"))
	require.Contains(t, inline("is e^{κ·⟨a, b⟩} here"), "<msup>")
}
