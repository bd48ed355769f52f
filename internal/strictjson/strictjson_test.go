package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestUnmarshalKnown(t *testing.T) {
	for text, want := range map[string]string{
		`{"Name":"a","named":{"x":{"rate":1}},"own":{"any":1},"free":{"any":1}}`: "",
		`{"none":1}`:                      `found key "none", expected one of Name, deep, free, list, lists, named, own, rate, seed`,
		`{"list":[{},{"speed":1}]}`:       `found key "speed" in list[1], expected one of rate`,
		`{"deep":{"rate":[]}}`:            `deep.rate: found a JSON array, expected a number`,
		`{"list":{}}`:                     `list: found a JSON object, expected a list`,
		`{"Name":{}}`:                     `Name: found a JSON object, expected a string`,
		`[]`:                              `found a JSON array, expected an object`,
		`3`:                               `found a JSON number, expected an object`,
		`{"list":[{},"a"]}`:               `list[1]: found a JSON string, expected an object`,
		`{"list":[{},{"rate":[]}]}`:       `list[1].rate: found a JSON array, expected a number`,
		`{"lists":[[1], [2,"b"]]}`:        `lists[1][1]: found a JSON string, expected a whole number of at most 8 bits`,
		`{"lists":[[1],[2, 300]]}`:        `lists[1][1]: found a JSON number 300, expected a whole number of at most 8 bits`,
		`{"seed":18446744073709551616}`:   `seed: found a JSON number 18446744073709551616, expected a whole number from 0 to 18446744073709551615`,
		`{"list":[{}],"own":{"any":"b"}}`: `own: found a JSON string, expected a whole number of at most ` + fmt.Sprint(strconv.IntSize) + ` bits`,
		`{"named":{"x":{"rate":true}}}`:   `named.rate: found a JSON bool, expected a number`,
	} {
		err := UnmarshalKnown([]byte(text), &outer{})
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.EqualError(t, err, want, text)
	}
}

type inner struct {
	Rate *float64 `json:"rate"`
}

type outer struct {
	inner
	Name  string
	Deep  inner            `json:"deep"`
	List  []inner          `json:"list"`
	Named map[string]inner `json:"named"`
	Own   own              `json:"own"`
	Free  any              `json:"free"`
	Lists [][]int8         `json:"lists"`
	Seed  uint64           `json:"seed"`
}

// own reads itself, and takes keys in any case.
type own map[string]int

func (o *own) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, (*map[string]int)(o)) }

func TestUnmarshal(t *testing.T) {
	for text, want := range map[string]string{
		`{"Name":"a","rate":1,"deep":{"rate":2},"list":[{"rate":3}],"named":{"RATE":{"rate":4}},"own":{"Rate":1,"rate":2},"free":{"a":1,"A":2},"none":1,"other":[]}`: "",
		` {} `:                          "",
		`{"rate":1,"rate":2}`:           `found key "rate" twice`,
		`{"rate":1,"r\u0061te":2}`:      `found key "rate" twice`,
		`{"free":[0,{"a":1,"a":1}]}`:    `found key "a" twice in free[1]`,
		`{"own":{"a":1,"a":1}}`:         `found key "a" twice in own`,
		`{"name":"a"}`:                  `found key "name", expected "Name"`,
		`{"RATE":1}`:                    `found key "RATE", expected "rate"`,
		`{"deep":{"Rate":1}}`:           `found key "Rate" in deep, expected "rate"`,
		`{"list":[{},{"Rate":1}]}`:      `found key "Rate" in list[1], expected "rate"`,
		`{"named":{"x":{"rAte":1}}}`:    `found key "rAte" in named.x, expected "rate"`,
		`{"Name":1}`:                    `Name: found a JSON number, expected a string`,
		`{"Name":"a"`:                   `at byte 11: found the end of the text, expected more JSON`,
		``:                              `at byte 0: found the end of the text, expected more JSON`,
		`{} {}`:                         `at byte 4: found more text after the value`,
		`{"a":}`:                        `at byte 5: invalid character '}'`,
		"{\"a\":\"\xff\"}":              `at byte 6: found text that is not UTF-8`,
		strings.Repeat("[", maxDepth+2): `found values nested more than 1000 deep`,
		"{\"a\":1,\n\"b\n\":2}":         `invalid character '\n' in string literal`,
	} {
		err := Unmarshal([]byte(text), &outer{})
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "\n")
	}
}

// FuzzCheck: what is passed is one JSON value, which a decoder that keeps each key once
// writes with as many keys.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null,"b":1e999}]}`))
	f.Add([]byte(`{"a":"\ud800"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := Check(text); err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.True(t, utf8.Valid(text))
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var v any
		require.NoError(t, d.Decode(&v))
		again, err := json.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, tokens(t, text), tokens(t, again))
	})
}

func tokens(t *testing.T, text []byte) int {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n := 0
	for ; ; n++ {
		if _, err := d.Token(); err != nil {
			return n
		}
	}
}
