package main

import (
	"fmt"
	"net"
	"net/url"
)

// target returns the address of the shop. Unless any is allowed it has to be on this
// machine: made-up visitors are a burden to a shop, and a lie in its reports.
func target(address string, anyHost bool) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("-shop: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("-shop: %q is not an address such as http://127.0.0.1:8080", address)
	}
	if ip := net.ParseIP(u.Hostname()); !anyHost && u.Hostname() != "localhost" && !ip.IsLoopback() {
		return nil, fmt.Errorf("-shop: %s is not this machine; -dangerously-any-host sends it made-up visitors all the same", u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, nil
}
