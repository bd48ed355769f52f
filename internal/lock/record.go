package lock

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// record is what stands in a lock's file, one JSON object on one line.
type record struct {
	ID        string    `json:"id"`      // random, 32 hexadecimal digits
	Host      string    `json:"host"`    // the machine's name
	Machine   string    `json:"machine"` // tells machines of one name apart, and containers
	Boot      string    `json:"boot"`    // of the machine; "" where the system has no name for it
	Process   int       `json:"process"`
	Started   string    `json:"started"`   // when the process was, in whatever unit; "" where the system does not say
	Began     time.Time `json:"began"`     // when the lock was taken, RFC 3339 in whole seconds
	Heartbeat time.Time `json:"heartbeat"` // when the holder was last heard of
}

// idBytes is the length of an id: no two are ever the same.
const idBytes = 16

// record returns a new record of this process.
func (s system) record() record {
	id := make([]byte, idBytes)
	_, _ = rand.Read(id) // never fails
	r := s.self
	r.ID = hex.EncodeToString(id)
	r.Began = s.now()
	r.Heartbeat = r.Began
	return r
}

// stale reports whether the lock of a holder may be taken over.
func (s system) stale(r record) bool {
	if r.Host != s.self.Host || r.Machine != s.self.Machine {
		return s.now().Sub(r.Heartbeat) > staleAfter
	}
	if r.Boot != s.self.Boot {
		return true
	}
	return !s.alive(r.Process, r.Started)
}

func (r record) held(path string) *Held { return &Held{path, r.Host, r.Process, r.Began} }

// encode returns the record's text; that of two which differ only in the time of
// the heartbeat is of one length.
func (r record) encode() []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and times of years 0 to 9999
	}
	return append(text, '\n')
}

// create writes a lock's file that is not there yet. It is whole from its first moment:
// written under another name and then linked to its own. On file systems without links
// a process that is killed between creating and writing it leaves one that others must
// wait for: see justBegun.
func create(path string, r record) error {
	whole := filepath.Join(filepath.Dir(path), ".lock-"+r.ID)
	if err := write(whole, r); err != nil {
		return err
	}
	err := os.Link(whole, path)
	if cerr := os.Remove(whole); err == nil {
		err = cerr
	}
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return write(path, r)
}

// write writes a file that is not there yet.
func write(path string, r record) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(r.encode())
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(path) // else it will be found damaged
	}
	return err
}

// justBegun is how old a file may be whose holder has not yet written into it.
const justBegun = time.Minute

// read reads a lock's file. One that cannot be understood but is younger than a minute
// is being written: *Held.
func read(path string, now time.Time) (record, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return record{}, err
	}
	if !info.Mode().IsRegular() {
		return record{}, damaged(path, "no regular file", "one")
	}
	f, err := os.Open(path)
	if err != nil {
		return record{}, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return record{}, err
	}
	r, err := decode(path, f)
	if err != nil && now.Sub(info.ModTime()).Abs() < justBegun {
		return record{}, &Held{Path: path}
	}
	return r, err
}

// maxBytes is more than any record has.
const maxBytes = 4096

// decode reads a record, of a file at path.
func decode(path string, from io.Reader) (record, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxBytes+1))
	if err != nil {
		return record{}, err
	}
	var r record
	const expected = "the JSON object with which a process says that it holds this folder"
	switch err := json.Unmarshal(text, &r); {
	case len(text) > maxBytes:
		return record{}, damaged(path, fmt.Sprintf("more than %d bytes", maxBytes), expected)
	case len(text) == 0:
		return record{}, damaged(path, "an empty file", expected)
	case err != nil:
		return record{}, damaged(path, fmt.Sprintf("%d bytes (%v)", len(text), err), expected)
	}
	id, err := hex.DecodeString(r.ID)
	switch {
	case err != nil || len(id) != idBytes || hex.EncodeToString(id) != r.ID:
		return record{}, damaged(path, fmt.Sprintf("the id %q", r.ID), fmt.Sprintf("%d hexadecimal digits", 2*idBytes))
	case r.Host == "" || r.Process < 1:
		return record{}, damaged(path, fmt.Sprintf("process %d on host %q", r.Process, r.Host), "a process and its host")
	case r.Began.IsZero() || r.Heartbeat.IsZero():
		return record{}, damaged(path, "no time of beginning or heartbeat", "both")
	}
	return r, nil
}

// damaged is the error of a file that is no lock.
func damaged(path, found, expected string) error {
	return fmt.Errorf("%s: found %s, expected %s; if no process writes in this folder, remove the file", path, found, expected)
}
