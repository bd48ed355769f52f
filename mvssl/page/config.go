package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"entrec/internal/printable"
	"entrec/internal/strictjson"
)

// setting is a field of a configuration: its path with dots, and its value as text.
type setting [2]string

// The most fields of a configuration that are shown, and bytes of one.
const (
	maxSettings     = 500
	maxSettingBytes = 200
)

// settings returns the fields of a configuration in the order in which they are written.
// Views beyond the first that are like it are left out.
func settings(text []byte) ([]setting, error) {
	if err := strictjson.Check(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var all []setting
	if err := flatten(d, "", &all); err != nil {
		return nil, err
	}
	if len(all) > maxSettings {
		all = append(all[:maxSettings], setting{"…", fmt.Sprintf("%d more fields", len(all)-maxSettings)})
	}
	return all, nil
}

// flatten reads a value and adds what is in it.
func flatten(d *json.Decoder, path string, all *[]setting) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, is := token.(json.Delim)
	if !is {
		*all = append(*all, setting{path, valueText(token)})
		return nil
	}
	for i := 0; d.More(); i++ {
		key := strconv.Itoa(i)
		if delim == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			key = printable.Text(token.(string)) // the decoder refuses other keys
		}
		if path != "" {
			key = path + "." + key
		}
		if err := flatten(d, key, all); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// valueText returns a value as it is shown.
func valueText(token json.Token) string {
	text := "null"
	switch v := token.(type) {
	case string:
		text = printable.Text(v)
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	}
	if r := []rune(text); len(r) > maxSettingBytes {
		text = string(r[:maxSettingBytes]) + "…"
	}
	return text
}
