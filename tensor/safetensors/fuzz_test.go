package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// plainParse is a second reader, by encoding/json and without regard for speed.
func plainParse(content []byte) (*File, error) {
	wrong := errors.New("wrong")
	if len(content) < 8 {
		return nil, wrong
	}
	n := new(big.Int).SetUint64(binary.LittleEndian.Uint64(content))
	if n.Cmp(big.NewInt(int64(len(content)-8))) > 0 || n.Int64() > 100_000_000 {
		return nil, wrong
	}
	text, data := string(content[8:8+n.Int64()]), content[8+n.Int64():]
	object := strings.TrimRight(text, " ")
	if !utf8.ValidString(text) || !strings.HasPrefix(object, "{") || !strings.HasSuffix(object, "}") || !json.Valid([]byte(object)) || loneHalf(object) {
		return nil, wrong
	}
	d := json.NewDecoder(strings.NewReader(object))
	d.UseNumber()
	members, err := plainObject(d)
	if err != nil {
		return nil, err
	}
	f := &File{Tensors: []Tensor{}}
	begins := map[string]int64{}
	for name, v := range members {
		inner, ok := v.(map[string]any)
		if !ok {
			return nil, wrong
		}
		if name == "__metadata__" {
			f.Metadata = map[string]string{}
			for key, value := range inner {
				if f.Metadata[key], ok = value.(string); !ok {
					return nil, wrong
				}
			}
			continue
		}
		dtype, isWord := inner["dtype"].(string)
		size := map[string]int64{
			"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
		}[dtype]
		shape, ok1 := plainNumbers(inner["shape"])
		offsets, ok2 := plainNumbers(inner["data_offsets"])
		if len(inner) != 3 || !isWord || size == 0 || !ok1 || !ok2 || len(offsets) != 2 {
			return nil, wrong
		}
		t := Tensor{Name: name, DType: dtype, Shape: []int{}}
		product := big.NewInt(1)
		for _, length := range append(slices.Clone(shape), big.NewInt(size)) {
			if product.Mul(product, length); !product.IsUint64() {
				return nil, wrong
			}
		}
		for _, length := range shape {
			if !length.IsInt64() || length.Int64() > math.MaxInt {
				return nil, wrong
			}
			t.Shape = append(t.Shape, int(length.Int64()))
		}
		begin, end := offsets[0], offsets[1]
		if begin.Cmp(end) > 0 || end.Cmp(big.NewInt(int64(len(data)))) > 0 || new(big.Int).Sub(end, begin).Cmp(product) != 0 {
			return nil, wrong
		}
		t.Data = data[begin.Int64():end.Int64()]
		begins[name] = begin.Int64()
		f.Tensors = append(f.Tensors, t)
	}
	// Without gaps and overlaps each byte of the data belongs to one tensor.
	owners := make([]int, len(data))
	for _, t := range f.Tensors {
		for i := range t.Data {
			owners[begins[t.Name]+int64(i)]++
		}
		// An empty one stands where another ends or begins.
		if at := begins[t.Name]; len(t.Data) == 0 && at != 0 && at != int64(len(data)) &&
			!slices.ContainsFunc(f.Tensors, func(o Tensor) bool { return len(o.Data) > 0 && begins[o.Name] == at }) {
			return nil, wrong
		}
	}
	if slices.ContainsFunc(owners, func(n int) bool { return n != 1 }) {
		return nil, wrong
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return f, nil
}

// plainObject reads an object in which no key stands twice, at any depth.
func plainObject(d *json.Decoder) (map[string]any, error) {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("found %v, %v", open, err)
	}
	object := map[string]any{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := object[key.(string)]; twice {
			return nil, fmt.Errorf("%v twice", key)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		inner := json.NewDecoder(bytes.NewReader(raw))
		inner.UseNumber()
		if raw[0] == '{' {
			object[key.(string)], err = plainObject(inner)
		} else {
			var v any
			err = inner.Decode(&v)
			object[key.(string)] = v
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil && err != io.EOF {
		return nil, err
	}
	return object, nil
}

func plainNumbers(v any) (list []*big.Int, ok bool) {
	values, ok := v.([]any)
	for _, v := range values {
		n, is := v.(json.Number)
		x, whole := new(big.Int).SetString(n.String(), 10)
		if !is || !whole || strings.Contains(n.String(), "-") || !x.IsUint64() {
			return nil, false
		}
		list = append(list, x)
	}
	return list, ok
}

// loneHalf reports whether a JSON text escapes one half of a character beyond 16 bits
// without the other: encoding/json makes U+FFFD of it.
func loneHalf(text string) bool {
	text = strings.ReplaceAll(text, `\\`, "__")
	for {
		at := strings.Index(text, `\u`)
		if at < 0 {
			return false
		}
		unit := func(i int) int {
			var n int
			if i+6 > len(text) || text[i:i+2] != `\u` {
				return 0
			}
			if _, err := fmt.Sscanf(text[i+2:i+6], "%04x", &n); err != nil {
				return 0
			}
			return n
		}
		high, low := unit(at), unit(at+6)
		switch {
		case high>>10 == 0xd800>>10 && low>>10 == 0xdc00>>10:
			text = text[at+12:]
		case high>>11 == 0xd800>>11:
			return true
		default:
			text = text[at+6:]
		}
	}
}

// hostile are contents of the kinds that a stranger would try.
func hostile() [][]byte {
	sound, _ := Marshal(Seal(map[string]string{"format": "x"}, nil), []Tensor{FromFloats("a", []int{2}, []float32{1, 2}), FromInt("n", 3)})
	const one = `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	list := [][]byte{
		nil, sound, sound[:9], sound[:len(sound)-1], append(slices.Clone(sound), 0),
		binary.LittleEndian.AppendUint64(nil, 1<<63), binary.LittleEndian.AppendUint64(nil, 1<<64-8),
		file(`{}`, 0), file(`{}`, 1), file("{}  ", 0), file("{}\n", 0), file(" {}", 0), file("{}{}", 0), file(`{"__metadata__":{}}`, 0),
		file(`{"x\`, 0), file(`{"x\`, 8), file(`{"x\ud83d\`, 8),
		file(`{"__metadata__":null}`, 0), file(`{"x":null}`, 0), file(`{"x":{}}`, 0), file(`{"a":1e999}`, 0),
		file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12),
		file(`{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0),
		file(`{"x":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}`, 0),
		file(`{"x":{"dtype":"I8","shape":[18446744073709551615],"data_offsets":[1,0]}}`, 0),
		file(`{"x":{"dtype":"I8","shape":[null],"data_offsets":[0,0]}}`, 0),
		file(`{"x":{"dtype":"I8","shape":[-0],"data_offsets":[0,0]}}`, 0),
		file(`{ "x" : { "shape" : [ 2 ] , "data_offsets" : [ 0 , 8 ] , "dtype" : "F32" } }  `, 8),
		file(one+`,"e":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"f":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`, 8),
		file(one+`,"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"f":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}`, 8),
		file(one+`,"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`, 16), file(one+`,"\u0078":{}}`, 8),
		file(`{"\ud83d\ude00":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1), file(`{"\ud800":{}}`, 0), file(`{"\\ud800":{}}`, 0),
		file(strings.Repeat(`{"a":`, 2000), 0), file(`{"x":`+strings.Repeat("[", 5000), 0),
		file(`{"x":{"dtype":"I8","shape":[`+strings.Repeat("1,", 5000)+`1],"data_offsets":[0,1]}}`, 1),
	}
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `,"%x":""`, i)
	}
	list = append(list, file(`{"__metadata__":{`+b.String()[1:]+`}}`, 0))
	b.Reset()
	for i := range 1000 {
		fmt.Fprintf(&b, `,"%x":{"dtype":"U8","shape":[],"data_offsets":[%d,%d]}`, i, i, i+1)
	}
	return append(list, file("{"+b.String()[1:]+"}", 1000))
}

// FuzzParse: Parse accepts what a second reader accepts, finds the same in it, and writes
// it so that it is read again; no input makes it allocate more than it says.
func FuzzParse(f *testing.F) {
	for _, content := range hostile() {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		parsed, err := Parse("f", content)
		plain, plainErr := plainParse(content)
		require.Equal(t, plainErr == nil, err == nil, "%v, %v", err, plainErr)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.Equal(t, plain.Metadata, parsed.Metadata)
		require.Equal(t, len(plain.Tensors), len(parsed.Tensors))
		for i, p := range plain.Tensors {
			require.True(t, bytes.Equal(p.Data, parsed.Tensors[i].Data))
			p.Data = parsed.Tensors[i].Data
			require.Equal(t, p, parsed.Tensors[i])
		}
		again, err := Marshal(Seal(parsed.Metadata, parsed.Tensors), parsed.Tensors)
		require.NoError(t, err)
		second, err := Parse("f", again)
		require.NoError(t, err)
		require.NoError(t, second.Verify("f"))
		require.Len(t, second.Tensors, len(parsed.Tensors))
	})
}

// TestParseAllocates holds Parse to the memory that it says it takes at most.
func TestParseAllocates(t *testing.T) {
	for i, content := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Parse("f", content)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32*len(content)+32<<10), "input %d of %d bytes", i, len(content))
	}
}
