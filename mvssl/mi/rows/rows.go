// Package rows reads matrices of numbers, a sample a row, from the files that others keep
// them in: .npy, .npz, .csv, .safetensors.
package rows

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/printable"
)

// MaxFile bounds the files that are read.
const MaxFile = 1 << 30

// readers are by the endings of names. Each returns the array of that name in the file, or
// the only one there is where the name is "".
var readers = map[string]func(path, key string) (array, error){
	".npy": readNpy, ".npz": readNpz, ".csv": readCSV, ".safetensors": readSafetensors,
}

// Endings lists the endings of the names of files that are read.
func Endings() []string { return slices.Sorted(maps.Keys(readers)) }

// array is numbers in row-major order.
type array struct {
	shape  []int
	values []float64
	note   string // what was left out
}

// Read returns the rows of a matrix (n, d), or of a vector (n) as rows of one number. key
// names the array in a file that holds several, or the column of a .csv; "" is the only array,
// or the only matrix, or all columns. The first line of a .csv is a header where a key is one
// of its fields, where no field is a number, and where they are 0, 1, … of two columns or more. Its
// first column is left out where the header has no name for it and it counts the rows from 0, as
// pandas writes its index; the note is a line that says so, and else "". An error is one line with
// the file, what was found and what was expected.
func Read(path, key string) (matrix [][]float64, note string, err error) {
	read, known := readers[strings.ToLower(filepath.Ext(path))]
	if !known {
		return nil, "", fmt.Errorf("%s: found a name that ends in %q, expected %s", path, filepath.Ext(path), strings.Join(Endings(), ", "))
	}
	a, err := read(path, key)
	if err != nil {
		return nil, "", err
	}
	d := 1
	switch len(a.shape) {
	case 1:
	case 2:
		d = a.shape[1]
	default:
		return nil, "", fmt.Errorf("%s: found an array of shape %v, expected (n, d) or (n)", path, a.shape)
	}
	if len(a.values) == 0 {
		return nil, "", fmt.Errorf("%s: found an array of shape %v, expected at least one row and one column", path, a.shape)
	}
	matrix = make([][]float64, a.shape[0])
	for i := range matrix {
		matrix[i] = a.values[i*d : (i+1)*d]
	}
	return matrix, a.note, nil
}

// choose returns which of the arrays of a file is meant: that of the key, or the only one, or
// the only matrix, given how many axes each has.
func choose(path, key string, axes map[string]int) (string, error) {
	names := slices.Sorted(maps.Keys(axes))
	listed := make([]string, len(names))
	var matrices []string
	for i, name := range names {
		listed[i] = printable.Word(name)
		if axes[name] == 2 {
			matrices = append(matrices, name)
		}
	}
	const shown = 8
	what := strings.Join(listed[:min(shown, len(listed))], ", ")
	if len(listed) > shown {
		what += fmt.Sprintf(" and %d more", len(listed)-shown)
	}
	switch _, found := axes[key]; {
	case len(names) == 0:
		return "", fmt.Errorf("%s: found no array, expected one", path)
	case key != "" && !found:
		return "", fmt.Errorf("%s: found no array %s, expected one of %s", path, printable.Word(key), what)
	case key != "":
		return key, nil
	case len(names) == 1:
		return names[0], nil
	case len(matrices) == 1:
		return matrices[0], nil
	}
	return "", fmt.Errorf("%s: found the arrays %s, expected the name of one of them (--x-key, --y-key)", path, what)
}
