package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"crmsync"
)

// network is a transport on net/http. crmsync.HTTPTransport(rt) is one like it, for any RoundTripper;
// this one counts the requests besides.
type network struct {
	rt    http.RoundTripper
	count int64
}

// once gives the body a single time: net/http cannot repeat a request that it cannot rewind. It does
// not begin when the request has expired, and no complete request leaves without it.
type once struct {
	request *crmsync.Request
	at, end int64
}

func (o *once) Close() error { return nil }

func (o *once) Read(p []byte) (int, error) {
	at := atomic.LoadInt64(&o.at)
	if at == 0 && o.request.Expired() || atomic.LoadInt64(&o.end) != 0 {
		return 0, crmsync.ErrNotSent
	}
	n := copy(p, o.request.Body[at:])
	if n == 0 {
		return 0, io.EOF
	}
	atomic.AddInt64(&o.at, int64(n))
	return n, nil
}

func (n *network) Send(ctx context.Context, r *crmsync.Request) (*crmsync.Response, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, nil)
	if err != nil || r.Expired() || request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		cancel()
		return nil, crmsync.ErrNotSent
	}
	request.Header = r.Header
	body := &once{request: r}
	if len(r.Body) > 0 {
		request.Body, request.ContentLength = body, int64(len(r.Body))
	}
	n.count++
	response, err := n.rt.RoundTrip(request)
	if err != nil {
		cancel()
		atomic.StoreInt64(&body.end, 1)
		var dial *net.OpError
		if atomic.LoadInt64(&body.at) == 0 && len(r.Body) > 0 || errors.As(err, &dial) && dial.Op == "dial" {
			return nil, fmt.Errorf("%w: %v", crmsync.ErrNotSent, err)
		}
		return nil, err // the server may have acted: it is looked up, never repeated
	}
	return &crmsync.Response{Status: response.StatusCode, Header: response.Header, Body: ending{response.Body, cancel}}, nil
}

// ending gives the context back when the body was read.
type ending struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (e ending) Close() error {
	defer e.cancel()
	return e.ReadCloser.Close()
}
