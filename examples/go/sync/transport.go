package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"crmsync"
)

// network is a transport on net/http. crmsync.HTTPTransport(rt) is one for any RoundTripper, and hands
// bodies on while they arrive; this one counts the requests besides.
type network struct {
	rt    http.RoundTripper
	count int64
}

func (n *network) Send(ctx context.Context, r *crmsync.Request) (*crmsync.Response, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := r.HTTP(ctx) // with a body that can be sent once, and not when it is too late
	if err != nil {
		return nil, err
	}
	n.count++
	response, err := n.rt.RoundTrip(request)
	if err != nil {
		return nil, crmsync.Certainty(request, err) // in doubt it is looked up, never repeated
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &crmsync.Response{Status: response.StatusCode, Header: response.Header,
		Body: io.NopCloser(bytes.NewReader(body))}, nil
}
