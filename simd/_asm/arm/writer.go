// Package arm writes functions for arm64 in the language of Go's assembler, and their
// declarations. An instruction that Go's assembler does not know is written as a word,
// with what Arm's calls it: by that a test of simd checks it.
package arm

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
)

// Kind describes an element type.
type Kind struct {
	Name        string
	Size, Shift int
	Move        string // moves an element between memory and a register
	arrangement string // of a vector, as Arm calls it
	lane        string
}

// The element types.
var (
	Single = Kind{"F32", 4, 2, "FMOVS", "4s", "s"}
	Double = Kind{"F64", 8, 3, "FMOVD", "2d", "d"}
)

// Lanes is how many elements a vector has.
func (k Kind) Lanes() int { return 16 / k.Size }

// Arrangement is that of a vector as Go's assembler calls it.
func (k Kind) Arrangement() string { return fmt.Sprintf("%c%d", k.lane[0]-'a'+'A', k.Lanes()) }

// double is the bit by which instructions know Double.
func (k Kind) double() uint32 { return uint32(k.Size/8) << 22 }

// Writer collects assembly and the declarations of its functions.
type Writer struct {
	text, stubs, data bytes.Buffer
	label             string // of the function
	start             int    // of its instructions
}

// Function begins one with the parameters that Go code sees, which take so many bytes.
// Doc follows its name.
func (w *Writer) Function(name, signature string, bytes int, doc string) {
	w.label = name
	fmt.Fprintf(&w.stubs, "\n// %s %s\n//\n//go:noescape\nfunc %s%s\n", name, doc, name, signature)
	fmt.Fprintf(&w.text, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, signature, name, bytes)
	w.start = w.text.Len()
}

// First writes an instruction before those of the function so far.
func (w *Writer) First(format string, args ...any) {
	rest := bytes.Clone(w.text.Bytes()[w.start:])
	w.text.Truncate(w.start)
	w.Op(format, args...)
	w.text.Write(rest)
}

// Op writes an instruction in the language of Go's assembler.
func (w *Writer) Op(format string, args ...any) { fmt.Fprintf(&w.text, "\t"+format+"\n", args...) }

// Jump writes a jump to a label of the function, Here sets one.
func (w *Writer) Jump(instruction, to string) { w.Op("%s %s_%s", instruction, w.label, to) }
func (w *Writer) Here(name string)            { fmt.Fprintf(&w.text, "%s_%s:\n", w.label, name) }

// Data writes a line before the functions.
func (w *Writer) Data(format string, args ...any) { fmt.Fprintf(&w.data, format+"\n", args...) }

// Word writes an instruction as its code.
func (w *Writer) Word(code uint32, format string, args ...any) {
	w.Op("WORD $0x%08x // %s", code, fmt.Sprintf(format, args...))
}

// Operation is an instruction on vectors: its name, and its code for registers 0 and,
// where it depends on the type, float32.
type Operation struct {
	name  string
	code  uint32
	typed bool
	unary bool
}

// Operations of two vectors n and m, and of one. Fmla and Fmls add to and subtract from
// the result; Bsl takes n where the result is ones, and m where it is zeros; Bif inserts n
// where m is zeros.
var (
	Fadd  = Operation{"fadd", 0x4e20d400, true, false}
	Fsub  = Operation{"fsub", 0x4ea0d400, true, false}
	Fmul  = Operation{"fmul", 0x6e20dc00, true, false}
	Fdiv  = Operation{"fdiv", 0x6e20fc00, true, false}
	Fmax  = Operation{"fmax", 0x4e20f400, true, false}
	Fmla  = Operation{"fmla", 0x4e20cc00, true, false}
	Fmls  = Operation{"fmls", 0x4ea0cc00, true, false}
	Fcmgt = Operation{"fcmgt", 0x6ea0e400, true, false}
	Fcmeq = Operation{"fcmeq", 0x4e20e400, true, false}
	Add   = Operation{"add", 0x4ea08400, true, false}
	Sub   = Operation{"sub", 0x6ea08400, true, false}
	And   = Operation{"and", 0x4e201c00, false, false}
	Bic   = Operation{"bic", 0x4e601c00, false, false}
	Orr   = Operation{"orr", 0x4ea01c00, false, false}
	Eor   = Operation{"eor", 0x6e201c00, false, false}
	Bsl   = Operation{"bsl", 0x6e601c00, false, false}
	Bif   = Operation{"bif", 0x6ee01c00, false, false}
	Fsqrt = Operation{"fsqrt", 0x6ea1f800, true, true}
	Fneg  = Operation{"fneg", 0x6ea0f800, true, true}
	Not   = Operation{"not", 0x6e205800, false, true}
)

// Updates says whether an operation reads its result.
func (o Operation) Updates() bool { return o == Fmla || o == Fmls || o == Bsl || o == Bif }

// Do writes an operation on vector registers d, n and, where there are two, m.
func (w *Writer) Do(o Operation, k Kind, d, n, m int) {
	code, arrangement := o.code|uint32(n)<<5|uint32(d), "16b"
	if o.typed {
		code, arrangement = code|k.double(), k.arrangement
	}
	if o.unary {
		w.Word(code, "%s v%d.%s, v%d.%s", o.name, d, arrangement, n, arrangement)
		return
	}
	w.Word(code|uint32(m)<<16, "%s v%d.%s, v%d.%s, v%d.%s", o.name, d, arrangement, n, arrangement, m, arrangement)
}

// FmaLane adds b times a lane of a to acc, rounded once.
func (w *Writer) FmaLane(k Kind, acc, b, a, lane int) {
	code := 0x4f801000 | k.double() | uint32(a)<<16 | uint32(b)<<5 | uint32(acc)
	if k.Size == 4 {
		code |= uint32(lane)>>1<<11 | uint32(lane)&1<<21
	} else {
		code |= uint32(lane) << 11
	}
	w.Word(code, "fmla v%d.%s, v%d.%s, v%d.%s[%d]", acc, k.arrangement, b, k.arrangement, a, k.lane, lane)
}

// ShiftLeft and ShiftRight shift the elements of n, taken as integers without sign.
func (w *Writer) ShiftLeft(k Kind, d, n, bits int) {
	w.Word(0x4f005400|uint32(8*k.Size+bits)<<16|uint32(n)<<5|uint32(d), "shl v%d.%s, v%d.%s, #%d", d, k.arrangement, n, k.arrangement, bits)
}
func (w *Writer) ShiftRight(k Kind, d, n, bits int) {
	w.Word(0x6f000400|uint32(16*k.Size-bits)<<16|uint32(n)<<5|uint32(d), "ushr v%d.%s, v%d.%s, #%d", d, k.arrangement, n, k.arrangement, bits)
}

// LoadAt loads a vector from the sum of two registers.
func (w *Writer) LoadAt(v, base, offset int) {
	w.Word(0x3ce06800|uint32(offset)<<16|uint32(base)<<5|uint32(v), "ldr q%d, [x%d, x%d]", v, base, offset)
}

// StoreAt stores a vector at the sum of two registers.
func (w *Writer) StoreAt(v, base, offset int) {
	w.Word(0x3ca06800|uint32(offset)<<16|uint32(base)<<5|uint32(v), "str q%d, [x%d, x%d]", v, base, offset)
}

// Loads loads so many vectors, which lie side by side from offset bytes after base on,
// in registers from v on; Stores stores one or two.
func (w *Writer) Loads(v, vectors, base, offset int) {
	for ; vectors >= 2; vectors, v, offset = vectors-2, v+2, offset+32 {
		w.Op("FLDPQ %d(R%d), (F%d, F%d)", offset, base, v, v+1)
	}
	if vectors > 0 {
		w.Op("FMOVQ %d(R%d), F%d", offset, base, v)
	}
}
func (w *Writer) Stores(v, vectors, base int) {
	if vectors == 2 {
		w.Op("FSTPQ (F%d, F%d), (R%d)", v, v+1, base)
	} else {
		w.Op("FMOVQ F%d, (R%d)", v, base)
	}
}

// WriteFiles writes the assembly, made by a command, to prefix_arm64.s and the
// declarations to prefix_stub_arm64.go.
func (w *Writer) WriteFiles(command, prefix string) error {
	head := "// Code generated by command: " + command + ". DO NOT EDIT.\n\n//go:build arm64 && !purego\n\n"
	declarations, err := format.Source([]byte(head + "package simd\n" + w.stubs.String()))
	if err != nil {
		return err
	}
	if err := os.WriteFile(prefix+"_stub_arm64.go", declarations, 0o666); err != nil {
		return err
	}
	return os.WriteFile(prefix+"_arm64.s", []byte(head+"#include \"textflag.h\"\n"+w.data.String()+w.text.String()), 0o666)
}
