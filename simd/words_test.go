package simd

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWords: the instructions for arm64 that are written as words are those that stand
// beside them, by GNU's assembler.
func TestWords(t *testing.T) {
	as, err := exec.LookPath("aarch64-linux-gnu-as")
	if err != nil {
		t.Skip("the words of arm64's assembly are NOT CHECKED without aarch64-linux-gnu-as, which is in Debian's binutils-aarch64-linux-gnu")
	}
	files, err := filepath.Glob("*_arm64.s")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var words, instructions []string
			for _, m := range regexp.MustCompile(`(?m)^\tWORD \$0x([0-9a-f]{8}) // (.+)$`).FindAllStringSubmatch(string(text), -1) {
				words, instructions = append(words, m[1]), append(instructions, m[2])
			}
			require.Len(t, words, strings.Count(string(text), "WORD"), "each word has an instruction beside it")
			for i, code := range assemble(t, as, instructions) {
				require.Equal(t, fmt.Sprintf("%08x", code), words[i], instructions[i])
			}
		})
	}
}

// assemble returns the codes that GNU's assembler gives to instructions for arm64.
func assemble(t *testing.T, as string, instructions []string) []uint32 {
	object := filepath.Join(t.TempDir(), "words.o")
	assembler := exec.Command(as, "-o", object)
	assembler.Stdin = strings.NewReader(strings.Join(instructions, "\n") + "\n")
	out, err := assembler.CombinedOutput()
	require.NoError(t, err, "%s", out)
	binaryFile := object + ".bin"
	out, err = exec.Command(strings.TrimSuffix(as, "as")+"objcopy", "-O", "binary", "-j", ".text", object, binaryFile).CombinedOutput()
	require.NoError(t, err, "%s", out)
	code, err := os.ReadFile(binaryFile)
	require.NoError(t, err)
	require.Len(t, code, 4*len(instructions))
	var codes []uint32
	for ; len(code) > 0; code = code[4:] {
		codes = append(codes, binary.LittleEndian.Uint32(code))
	}
	return codes
}
