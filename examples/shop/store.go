package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

func nothing() error { return nil }

// openStore returns the store that the flags ask for, and how to close it.
func openStore(ctx context.Context, o options) (store sessionstore.Store, closeIt func() error, err error) {
	switch {
	case o.redis != "":
		return openRedis(ctx, o.redis)
	case o.data != "":
		return openFile(o.data) //nolint:contextcheck // it opens at once, or not
	}
	return sessionstore.NewMemory(sessionstore.MemoryOptions{}), nothing, nil
}

func openFile(dir string) (sessionstore.Store, func() error, error) {
	err := os.MkdirAll(dir, 0o700)
	var store *sqlite.Store
	if err == nil {
		store, err = sqlite.Open(filepath.Join(dir, "sessions.db"), sqlite.Options{})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("-data: %w", err)
	}
	return store, store.Close, nil
}

func openRedis(ctx context.Context, urls string) (store sessionstore.Store, closeIt func() error, err error) {
	client, err := redisClient(urls)
	if err != nil {
		return nil, nil, fmt.Errorf("-redis: %w", err)
	}
	store, err = sessionstore.NewRedis(client, sessionstore.RedisOptions{})
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		err = store.Ping(ctx)
	}
	if err != nil {
		client.Close()
		return nil, nil, fmt.Errorf("-redis: %w", err)
	}
	return store, client.Close, nil
}

// redisClient makes a client for one Redis or, given several addresses, for the
// cluster that they belong to. An address is a URL or host:port. What else the
// first URL says, such as the password, goes for the whole cluster.
func redisClient(urls string) (redis.UniversalClient, error) {
	first, others, cluster := strings.Cut(urls, ",")
	if !cluster {
		o, err := redis.ParseURL(redisURL(first))
		if err != nil {
			return nil, err
		}
		return redis.NewClient(o), nil
	}
	o, err := redis.ParseClusterURL(redisURL(first))
	if err != nil {
		return nil, err
	}
	for other := range strings.SplitSeq(others, ",") {
		node, err := redis.ParseURL(redisURL(other))
		if err != nil {
			return nil, err
		}
		o.Addrs = append(o.Addrs, node.Addr)
	}
	return redis.NewClusterClient(o), nil
}

func redisURL(address string) string {
	if address = strings.TrimSpace(address); strings.Contains(address, "://") {
		return address
	}
	return "redis://" + address
}
