package serve

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
)

// Loopback reports whether an address, HOST:PORT, is of this machine alone.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// named reports whether a request's Host may be this server's. A page of another site that
// has its name point here (DNS rebinding) sends its own name: a number cannot be
// rebound, nor can localhost or the machine's own name.
func named(host string, loopback bool) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if name == "localhost" {
		return true
	}
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return !loopback || ip.IsLoopback()
	}
	own, err := os.Hostname()
	return !loopback && err == nil && name == strings.ToLower(own)
}

// guarded lets requests through that read, are meant for this server, and come from its
// own pages or a person.
func guarded(loopback bool, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		switch {
		case !named(r.Host, loopback):
			http.Error(w, "this name is not this server's: use the address that entrec serve printed", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			head.Set("Allow", "GET, HEAD")
			http.Error(w, "nothing can be changed here", http.StatusMethodNotAllowed)
		case r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate":
			http.Error(w, "only the pages of this server may ask it", http.StatusForbidden)
		default:
			h.ServeHTTP(w, r)
		}
	})
}
