package mvssl

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/nn"
)

// embedded are parameters that several methods could have.
type embedded struct {
	Kappa float64 `json:"kappa" default:"5" range:"(0, 1e9)" doc:"concentration" remedy:"a smaller --kappa"`
}

// sampleParameters have one of each kind.
type sampleParameters struct {
	embedded
	Count    int     `json:"count" default:"auto" auto:"half the images and the width" range:"[0, 100]" doc:"how many"`
	Width    int     `json:"width" default:"3" range:"[1, 10]" doc:"how wide"`
	Rate     float64 `json:"rate" default:"0.5" auto:"a hundredth" range:"[0, 1)" doc:"how fast"`
	SlowMode Switch  `json:"slow_mode" default:"off" doc:"whether slowly"`
}

// Choose sets what it may and what it may not.
func (p *sampleParameters) Choose(s Setting) {
	p.Count, p.Rate = s.Samples/2+p.Width, 0.01
	p.Width, p.Kappa = 9, 9
}

var sampleRow = Row{
	Name: "sample", Parameters: sampleParameters{}, Recipe: contrastiveRecipe, Projector: smallProjector,
	New32: func(Build) (Method[float32], error) { return nil, nil },
	New64: func(Build) (Method[float64], error) { return nil, nil },
}

var sampleSetting = Setting{Samples: 24, Batch: 8, Steps: 6}

// register adds a method to the table for the time of a test.
func register(t testing.TB, r Row) {
	t.Helper()
	before := rows
	t.Cleanup(func() { rows = before })
	Register(r)
}

// given returns the members of a JSON object.
func given(t testing.TB, text string) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &members))
	return members
}

// TestParameters: values that are given stand, defaults stand for what is not, and the
// method chooses what is left to it and nothing else. Unset, zero and auto are three
// things.
func TestParameters(t *testing.T) {
	for _, test := range []struct {
		given string
		want  sampleParameters
	}{
		{`{}`, sampleParameters{embedded{5}, 15, 3, 0.5, Off}},
		{`{"count":0,"rate":0}`, sampleParameters{embedded{5}, 0, 3, 0, Off}},
		{`{"count":"auto","rate":"auto"}`, sampleParameters{embedded{5}, 15, 3, 0.01, Off}},
		{`{"count":7,"rate":"auto"}`, sampleParameters{embedded{5}, 7, 3, 0.01, Off}},
		{`{"width":1,"kappa":0.5}`, sampleParameters{embedded{0.5}, 13, 1, 0.5, Off}}, // the choice sees the width
		{`{"slow_mode":"on","rate":1e-3,"count":100,"width":10}`, sampleParameters{embedded{5}, 100, 10, 0.001, On}},
	} {
		c, err := sampleRow.Configure(nn.EncoderConfig{}, ProjectorConfig{}, given(t, test.given), sampleSetting)
		require.NoError(t, err, test.given)
		require.Equal(t, test.want, c.Parameters, test.given)
	}
	// As flags write them, without quotes.
	c, err := sampleRow.Configure(nn.EncoderConfig{}, ProjectorConfig{},
		map[string]json.RawMessage{"rate": []byte(Auto), "slow_mode": []byte("on")}, sampleSetting)
	require.NoError(t, err)
	require.Equal(t, sampleParameters{embedded{5}, 15, 3, 0.01, On}, c.Parameters)
	require.Equal(t, sampleParameters{}, sampleRow.Parameters, "the row's stay as they are")
}

func TestParametersRefused(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		// Ends of ranges, closed and open.
		{"count", "-1", "found -1, expected a number in [0, 100]"},
		{"count", "101", "found 101, expected a number in [0, 100]"},
		{"rate", "1", "found 1, expected a number in [0, 1)"},
		{"rate", "-5e-324", "found -5e-324, expected a number in [0, 1)"},
		{"kappa", "0", "found 0, expected a number in (0, 1e9)"},
		{"kappa", "1e9", "found 1e+09, expected a number in (0, 1e9)"},
		// What is no number of the kind.
		{"width", "5.5", "found 5.5, expected a whole number"},
		{"width", "5.0", "found 5.0, expected a whole number"},
		{"width", `"5"`, `found "5", expected a whole number`},
		{"width", "null", "found null, expected a whole number"},
		{"width", "", "found , expected a whole number"},
		{"width", "1e30", "found 1e30, expected a whole number"},
		{"width", "auto", "found auto, expected a whole number"},
		{"width", "[5]", "found [5], expected a whole number"},
		{"count", "many", "found many, expected a whole number or auto"},
		{"count", "null", "found null, expected a whole number or auto"},
		{"kappa", "NaN", "found NaN, expected a number"},
		{"kappa", "Inf", "found Inf, expected a number"},
		{"kappa", "1e999", "found 1e999, expected a number"},
		{"kappa", "true", "found true, expected a number"},
		{"kappa", "1 2", "found 1 2, expected a number"},
		{"rate", `"0.5"`, `found "0.5", expected a number or auto`},
		{"slow_mode", "null", `found "null", expected on or off`},
		{"slow_mode", "1", `found "1", expected on or off`},
		{"slow_mode", "ON", `found "ON", expected on or off`},
		{"slow_mode", `""`, `found "", expected on or off`},
		{"slow_mode", "auto", `found "auto", expected on or off`},
		// What is no parameter's name.
		{"slow-mode", "on", "means nothing to method sample, which takes kappa, count, width, rate, slow_mode"},
		{"Kappa", "1", "means nothing to method sample, which takes kappa, count, width, rate, slow_mode"},
		{"embedded", "1", "means nothing to method sample, which takes kappa, count, width, rate, slow_mode"},
	} {
		_, err := sampleRow.Configure(nn.EncoderConfig{}, ProjectorConfig{}, map[string]json.RawMessage{test.name: []byte(test.value)}, sampleSetting)
		require.EqualError(t, err, test.name+": "+test.want)
		var parameter *ParameterError
		require.ErrorAs(t, err, &parameter)
		require.Equal(t, test.name, parameter.Name)
		require.EqualError(t, parameter.Unwrap(), test.want)
	}
	bare := sampleRow
	bare.Name, bare.Parameters = "bare", struct{}{}
	_, err := bare.Configure(nn.EncoderConfig{}, ProjectorConfig{}, given(t, `{"b":1,"a":1}`), sampleSetting)
	require.EqualError(t, err, "a: means nothing to method bare, which takes no parameters")
}

func TestDescribe(t *testing.T) {
	want := []Parameter{
		{Name: "kappa", Type: "float", Default: "5", Range: "(0, 1e9)", Doc: "concentration", Remedy: "a smaller --kappa"},
		{Name: "count", Type: "int", Default: "auto", Auto: "half the images and the width", Range: "[0, 100]", Doc: "how many"},
		{Name: "width", Type: "int", Default: "3", Range: "[1, 10]", Doc: "how wide"},
		{Name: "rate", Type: "float", Default: "0.5", Auto: "a hundredth", Range: "[0, 1)", Doc: "how fast"},
		{Name: "slow_mode", Type: "on|off", Default: "off", Choices: []string{"on", "off"}, Doc: "whether slowly"},
	}
	require.Equal(t, want, sampleRow.Describe())
	require.Equal(t, "slow-mode", want[4].Flag())
	require.Contains(t, sampleRow.Remedies(), "a smaller --kappa")
}

// TestComplete: what is written is read as it was, and nothing is chosen then.
func TestComplete(t *testing.T) {
	register(t, sampleRow)
	for _, row := range Rows() {
		encoder := nn.EncoderConfig{Name: "mlp", Width: 10, Channels: 1, Height: 4, ImgWidth: 4}
		c, err := row.Configure(encoder, ProjectorConfig{9, 6}, nil, sampleSetting)
		require.NoError(t, err)
		require.NoError(t, c.Validate())
		text, err := json.Marshal(c)
		require.NoError(t, err)
		members := given(t, string(text))
		read := Config{Projector: ProjectorConfig{}}
		for name, to := range map[string]any{"method": &read.Method, "encoder": &read.Encoder, "projector": &read.Projector} {
			require.NoError(t, json.Unmarshal(members[name], to))
			delete(members, name)
		}
		require.Len(t, members, len(row.Describe()), "all parameters are written")
		read, err = Complete(read, members)
		require.NoError(t, err)
		require.Equal(t, c, read)
	}
	c := Config{Method: "sample", Projector: ProjectorConfig{9, 6}}
	for _, test := range []struct{ given, want string }{
		{`{}`, "count: found nothing, expected a value"},
		{`{"count":"auto"}`, "count: found nothing, expected a value"},
		{`{"count":4,"rate":"auto"}`, "rate: found nothing, expected a value"},
		{`{"count":4,"speed":1}`, "speed: means nothing to method sample, which takes kappa, count, width, rate, slow_mode"},
		{`{"count":400}`, "count: found 400, expected a number in [0, 100]"},
	} {
		_, err := Complete(c, given(t, test.given))
		require.EqualError(t, err, test.want)
	}
	c, err := Complete(c, given(t, `{"count":4}`))
	require.NoError(t, err)
	require.Equal(t, sampleParameters{embedded{5}, 4, 3, 0.5, Off}, c.Parameters)
	text, err := json.Marshal(c)
	require.NoError(t, err)
	encoder, err := json.Marshal(c.Encoder)
	require.NoError(t, err)
	require.Equal(t, `{"method":"sample","encoder":`+string(encoder)+`,"projector":{"hidden":9,"out":6},"kappa":5,"count":4,"width":3,"rate":0.5,"slow_mode":"off"}`, string(text))
	_, err = Complete(Config{Method: "nothing"}, nil)
	require.ErrorContains(t, err, `method "nothing" is unknown: there are simclr, `)
}

// silent is an enum that does not print as its choices.
type silent int

func (silent) Choices() []string           { return []string{"a", "b"} }
func (*silent) UnmarshalText([]byte) error { return nil }

func TestRegister(t *testing.T) {
	with := func(parameters any) Row {
		r := sampleRow
		r.Parameters = parameters
		return r
	}
	const tags = "the tags json (small letters, digits and underscores), default and doc are needed"
	for _, test := range []struct {
		row  Row
		want string
	}{
		{Row{Name: "simclr"}, `mvssl.Register: method "simclr" is there already`},
		{Row{Name: "sample"}, `mvssl.Register: method "sample" needs Parameters, a struct, New32 and New64`},
		{Row{Name: "sample", Parameters: struct{}{}, New32: sampleRow.New32}, `mvssl.Register: method "sample" needs Parameters, a struct, New32 and New64`},
		{with(nil), `mvssl.Register: method "sample" needs Parameters, a struct, New32 and New64`},
		{with(&sampleParameters{}), `mvssl.Register: method "sample" needs Parameters, a struct, New32 and New64`},
		{with(struct {
			A int `json:"a" default:"1" range:"[0, 1]"`
		}{}), `mvssl: method sample, parameter "a": ` + tags},
		{with(struct {
			A int `json:"a" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": ` + tags},
		{with(struct {
			A int `default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "": ` + tags},
		{with(struct {
			A int `json:"a,omitempty" default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a,omitempty": ` + tags},
		{with(struct {
			*embedded
		}{}), `mvssl: method sample, field embedded: found a *mvssl.embedded, expected an exported field that is an int, a float64 or an enum with UnmarshalText, or an embedded struct`},
		{with(struct {
			A int `json:"method" default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "method": the name is taken`},
		{with(struct {
			A int `json:"encoder" default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "encoder": the name is taken`},
		{with(struct {
			A int `json:"projector" default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "projector": the name is taken`},
		{with(struct {
			embedded
			A int `json:"kappa" default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "kappa": the name is taken`},
		{with(struct {
			A string `json:"a" default:"1" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": found a field of type string, expected int, float64 or a type with Choices`},
		{with(struct {
			A float32 `json:"a" default:"1" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": found a field of type float32, expected int, float64 or a type with Choices`},
		{with(struct {
			A int `json:"a" default:"1" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": range "" is no interval`},
		{with(struct {
			A int `json:"a" default:"1" range:"0 to 1" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": range "0 to 1" is no interval`},
		{with(struct {
			A int `json:"a" default:"2" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": found 2, expected a number in [0, 1]`},
		{with(struct {
			A int `json:"a" default:"0.5" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": found 0.5, expected a whole number`},
		{with(struct {
			A Switch `json:"a" default:"yes" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": found "yes", expected on or off`},
		{with(struct {
			A silent `json:"a" default:"b" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": found "0", expected a or b`},
		{with(struct {
			A int `json:"a" default:"auto" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": a default of auto needs the tag auto, which says how it is chosen`},
		{with(struct {
			A int `json:"a" default:"auto" auto:"somehow" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": what is left to the method needs Choose`},
		{with(struct {
			A int `json:"a" default:"1" auto:"somehow" range:"[0, 1]" doc:"d"`
		}{}), `mvssl: method sample, parameter "a": what is left to the method needs Choose`},
		{func() Row { r := sampleRow; r.Name = ""; return r }(), `mvssl.Register: method "" needs a name and a valid recipe: <nil>`},
		{func() Row { r := sampleRow; r.Recipe = Recipe{}; return r }(), `mvssl.Register: method "sample" needs a name and a valid recipe: optimizer "" is unknown: there are sgd, adamw, lars`},
	} {
		before := len(rows)
		require.PanicsWithValue(t, test.want, func() { Register(test.row) })
		require.Len(t, rows, before)
	}
	register(t, sampleRow)
	found, err := Find("sample")
	require.NoError(t, err)
	require.Equal(t, "sample", found.Name)
	require.Panics(t, func() { Register(sampleRow) }, "twice")
}

func TestInterval(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		text    string
		in, out []float64
	}{
		{"[0, 1]", []float64{0, 0.5, 1}, []float64{-5e-324, math.Nextafter(1, 2), nan, inf, -inf}},
		{"(0, 1)", []float64{5e-324, math.Nextafter(1, 0)}, []float64{0, 1, math.Copysign(0, -1), nan}},
		{"[0, 1)", []float64{0}, []float64{1, nan}},
		{"(0, 1]", []float64{1}, []float64{0, nan}},
		{"[-3,1e9)", []float64{-3, 999999999}, []float64{1e9, -3.1}},
		{"[0, inf)", []float64{0, math.MaxFloat64}, []float64{inf, nan, -1}},
		{"( 2 , 2.5 ]", []float64{2.5}, []float64{2}},
	} {
		i := parseInterval(test.text)
		require.True(t, i.ok, test.text)
		for _, v := range test.in {
			require.True(t, i.holds(v), "%v in %s", v, test.text)
		}
		for _, v := range test.out {
			require.False(t, i.holds(v), "%v in %s", v, test.text)
		}
	}
	for _, text := range []string{"", ",", "[,]", "[0,]", "[,1]", "0, 1", "[0, 1", "0, 1]", "]0, 1[", "[0 1]", "[0, 1, 2]", "[a, 1]", "[NaN, 1]", "[1, 0]", "[0, 1e999]", " [0, 1]"} {
		require.False(t, parseInterval(text).ok, text)
	}
}

func FuzzInterval(f *testing.F) {
	for _, text := range []string{"[0, 1]", "(0, 1e9)", "[,)", "(,", "[nan, nan]", "[-inf, +inf)", "(0x1p-2, 1_0]", "é, é"} {
		f.Add(text, 0.5)
	}
	f.Fuzz(func(t *testing.T, text string, v float64) {
		i := parseInterval(text)
		if !i.ok {
			return
		}
		require.LessOrEqual(t, i.lo, i.hi)
		require.False(t, i.holds(math.NaN()))
		if i.holds(v) {
			require.GreaterOrEqual(t, v, i.lo)
			require.LessOrEqual(t, v, i.hi)
		}
		if i.lo < i.hi {
			require.Equal(t, !i.loOpen, i.holds(i.lo))
			require.Equal(t, !i.hiOpen, i.holds(i.hi))
		}
	})
}

// FuzzConfigure: whatever is given is refused, or makes a configuration within all
// ranges that is read as it is written.
func FuzzConfigure(f *testing.F) {
	for i, text := range []string{
		`{}`, `{"temperature":0.5}`, `{"ema":"auto","queue":"auto"}`, `{"ema":null}`, `{"prototypes":3e1,"freeze":-0}`,
		`{"er_self":"exclude","kappa":1e308}`, `{"variant":{"a":[1]}}`, `{"predictor":0,"ema_schedule":"constant"}`, `[`, `{"":""}`,
	} {
		f.Add(uint8(i), text, uint16(100), uint8(9), uint16(50))
	}
	f.Fuzz(func(t *testing.T, method uint8, text string, samples uint16, batch uint8, steps uint16) {
		row := rows[int(method)%len(rows)]
		var members map[string]json.RawMessage
		if all := lookAt(row.Parameters); json.Unmarshal([]byte(text), &members) != nil && len(all) > 0 { // as a flag's value
			members = map[string]json.RawMessage{all[0].Name: []byte(text)}
		}
		s := Setting{Samples: int(samples) + 1, Batch: int(batch) + 1, Steps: int(steps) + 1}
		c, err := row.Configure(nn.EncoderConfig{}, row.Projector, members, s)
		if err != nil {
			var parameter *ParameterError
			require.ErrorAs(t, err, &parameter)
			return
		}
		for _, p := range lookAt(c.Parameters) {
			require.NoError(t, p.check(), p.Name)
		}
		if checker, ok := c.Parameters.(Checker); ok {
			_ = checker.Check(s)
		}
		written, err := json.Marshal(c)
		require.NoError(t, err)
		members = given(t, string(written))
		for _, name := range []string{"method", "encoder", "projector"} {
			delete(members, name)
		}
		read, err := Complete(c, members)
		require.NoError(t, err)
		require.Equal(t, c, read)
	})
}
