package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
	"unsafe"
)

// Request is one exchange to perform.
type Request struct {
	Method     string
	URL        string
	Header     http.Header
	Body       []byte
	Idempotent bool          // may be repeated without harm
	Timeout    time.Duration // of the whole exchange; 0 = the transport's own

	notAfter uint64
	env      Environment
}

// Expired says that the request must not be sent any more. Ask just before the first byte leaves:
// it is what stops a worker that woke up from a long pause after another took over its work.
func (r *Request) Expired() bool {
	return r.notAfter != 0 && uint64(r.env.Monotonic()/time.Millisecond) > r.notAfter
}

// Response is what came back. The binding reads Body to its end and closes it.
type Response struct {
	Status int
	Header http.Header
	Body   io.ReadCloser
}

// Transport is the hook to the network: it performs one exchange, follows no redirects, keeps no
// cookies and repeats nothing. HTTPTransport makes one of an http.RoundTripper.
//
// The error decides whether a record is made twice: one that wraps ErrNotSent or ErrRefusedTLS says
// that no complete request can have left, any other that the server may have acted. If in doubt, the
// latter: what became of the request is then looked up.
type Transport interface {
	Send(ctx context.Context, r *Request) (*Response, error)
}

// What a Transport wraps when it is certain.
var (
	ErrNotSent    = errors.New("the request was not sent")
	ErrRefusedTLS = errors.New("no TLS connection")
)

const pieceSize = 64 << 10

//export crmsyncGoSend
func crmsyncGoSend(handle C.uintptr_t, request *C.crmsync_http_request, reply *C.crmsync_http_reply, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		outcome, why := h.exchange(goRequest(request, h.env), reply)
		h.mu.Lock()
		h.network = why
		h.mu.Unlock()
		if why != nil && err != nil { /* the detail of the log; it does not fail the transport */
			C.crmsync_error_new(C.CRMSYNC_E_CALLBACK, str(why.Error()), err)
		}
		return outcome, nil
	})
}

func goRequest(c *C.crmsync_http_request, env Environment) *Request {
	r := &Request{
		Method: goString(c.method), URL: goString(c.url), Header: http.Header{}, Body: goBytes(c.body),
		Idempotent: c.flags&C.CRMSYNC_HTTP_IDEMPOTENT != 0,
		Timeout:    time.Duration(c.timeout_ms) * time.Millisecond,
		notAfter:   uint64(c.not_after), env: env,
	}
	if c.header_count > 0 {
		for _, field := range unsafe.Slice(c.headers, int(c.header_count)) {
			r.Header.Add(goString(field.name), goString(field.value))
		}
	}
	return r
}

func (h *hooks) exchange(r *Request, reply *C.crmsync_http_reply) (C.int32_t, error) {
	response, err := h.transport.Send(h.during(), r)
	switch {
	case errors.Is(err, ErrNotSent):
		return C.CRMSYNC_HTTP_NOT_SENT, err
	case errors.Is(err, ErrRefusedTLS):
		return C.CRMSYNC_HTTP_REFUSED_TLS, err
	case err != nil:
		return C.CRMSYNC_HTTP_UNKNOWN, err
	case response == nil:
		return C.CRMSYNC_HTTP_UNKNOWN, errors.New("the transport gave neither a response nor an error")
	}
	if response.Body == nil {
		response.Body = http.NoBody
	}
	defer response.Body.Close()
	if rc := replyHead(reply, response); rc != 0 {
		return rc, nil
	}
	return replyBody(reply, response.Body)
}

func replyHead(reply *C.crmsync_http_reply, response *Response) C.int32_t {
	var p packer
	var spans []C.crmsync_go_span
	for name, values := range response.Header {
		for _, value := range values {
			spans = append(spans, p.add(name), p.add(value))
		}
	}
	return C.crmsync_go_reply_head(reply, C.int32_t(response.Status), firstSpan(spans), C.size_t(len(spans)/2), p.block())
}

func replyBody(reply *C.crmsync_http_reply, body io.Reader) (C.int32_t, error) {
	piece := make([]byte, pieceSize)
	for {
		n, err := body.Read(piece)
		if n > 0 && C.crmsync_http_reply_body(reply, lend(piece[:n])) == C.CRMSYNC_HTTP_BODY_LIMIT {
			return C.CRMSYNC_HTTP_UNKNOWN, errors.New("the response is too long")
		}
		if err == io.EOF {
			return C.CRMSYNC_HTTP_RESPONDED, nil
		}
		if err != nil {
			return C.CRMSYNC_HTTP_UNKNOWN, err
		}
	}
}

//export crmsyncGoSleep
func crmsyncGoSleep(handle C.uintptr_t, ms C.uint32_t) {
	told(handle, func(h *hooks) {
		timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-h.woken:
		case <-h.during().Done():
		}
	})
}

//export crmsyncGoWake
func crmsyncGoWake(handle C.uintptr_t) {
	told(handle, func(h *hooks) {
		select {
		case h.woken <- struct{}{}:
		default: // it is going to end anyway
		}
	})
}
