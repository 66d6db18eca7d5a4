package crmsync

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// DefaultTimeout is that of an exchange for which neither the library nor the host sets one.
const DefaultTimeout = 2 * time.Minute

// HTTPTransport makes a Transport of any http.RoundTripper, such as an http.Transport with the
// host's proxy and certificates; nil = one like http.DefaultTransport. The RoundTripper must neither
// follow redirects nor repeat requests, which rules out http.Client.
func HTTPTransport(rt http.RoundTripper) Transport {
	if rt == nil {
		rt = http.DefaultTransport.(*http.Transport).Clone()
	}
	return roundTrip{rt}
}

type roundTrip struct{ rt http.RoundTripper }

// onceBody gives a request body a single time, and not at all when it is too late. There is no way
// to rewind it, so that nothing below can repeat the request.
type onceBody struct {
	mu      sync.Mutex
	request *Request
	read    int
	ended   bool
}

func (b *onceBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.read == 0 && b.request.Expired() {
		return 0, errLate
	}
	if b.read == len(b.request.Body) {
		return 0, io.EOF
	}
	n := copy(p, b.request.Body[b.read:])
	b.read += n
	return n, nil
}

func (b *onceBody) Close() error { return nil }

// end says whether some of the body was never asked for, and sees to it that it stays so.
func (b *onceBody) end() (unread bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	return b.read < len(b.request.Body)
}

var errLate = fmt.Errorf("%w: it is too late", ErrNotSent)

func (t roundTrip) Send(ctx context.Context, r *Request) (*Response, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	request, err := r.HTTP(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	response, err := t.rt.RoundTrip(request)
	if err != nil {
		cancel()
		return nil, Certainty(request, err)
	}
	return &Response{response.StatusCode, response.Header, &endingBody{response.Body, cancel}}, nil
}

// HTTP makes the request of package net/http for a Transport of one's own. Its body is given a single
// time and not at all once the request has expired, so that nothing below can repeat it. Errors wrap
// ErrNotSent.
func (r *Request) HTTP(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotSent, err)
	}
	if request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: the scheme %q is not HTTP", ErrNotSent, request.URL.Scheme)
	}
	if r.Expired() {
		return nil, errLate
	}
	request.Header = r.Header
	if len(r.Body) > 0 {
		request.Body, request.ContentLength = &onceBody{request: r}, int64(len(r.Body))
	}
	return request, nil
}

// Certainty marks the error of an http.RoundTripper after which no complete request can have left, by
// what was read of the body that Request.HTTP gave it: it then wraps ErrNotSent or ErrRefusedTLS. Any
// other error comes back as it is.
func Certainty(request *http.Request, err error) error {
	var dial *net.OpError
	body, _ := request.Body.(*onceBody)
	unread := body != nil && body.end()
	switch {
	case handshake(err) && (unread || body == nil):
		return fmt.Errorf("%w: %v", ErrRefusedTLS, err)
	case unread, errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("%w: %v", ErrNotSent, err)
	}
	return err
}

func handshake(err error) bool {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	return errors.As(err, &authority) || errors.As(err, &name) || errors.As(err, &invalid) || errors.As(err, &record)
}

// endingBody ends the request's context when the body is closed.
type endingBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *endingBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
