package sessionstore

import (
	"encoding/binary"
	"net/url"
	"strconv"
)

// What Redis holds. {p} is the partition of a session, from its ID, or of a
// user or a word, from its hash. All keys of a partition are in one slot.
//
//	<prefix>:meta             hash    "partitions", their number
//	<prefix>:{p}:s:<id>       hash    a session, see below
//	<prefix>:{p}:due          zset    next deadline of each session, in ms; "u:<user>": a user's index wants repair
//	<prefix>:{p}:feed         stream  events, see redis_event.go
//	<prefix>:{p}:u:<user>     hash    the index of a user's logins, see user.lua
//	<prefix>:{p}:once:<hash>  string  "1" while a word is remembered, of which this is the SHA-256
//	<prefix>:ended            channel ends, see redis_watch.go
//
// The fields of a session. Times are Unix ms and durations ms, 0 for none; a
// field that would say nothing is absent. Each is short, so that Redis keeps the
// hash of a usual session in one block of memory.
//
//	session  "<created> <idle> <until>"
//	seen     last activity
//	key      "<hash> <since> <epoch>" of the secret in force
//	prev     "<hash> <used>" of the previous secret; 0 until its successor was used
//	sealed   the successor, encrypted
//	old0     up to 4 spent secrets, newest first: "r" (its use is theft) or "s"
//	         (superseded), and 15 characters of the hash
//	old1     up to 4 more
//	owner    the user that the state belongs to
//	login    "<id> <started> <authenticated> <idle> <until>"
//	user     of the login
//	amr      its methods, separated by spaces
//	acr      its assurance
//	visit    "<id> <started> <idle> <until>"
//	agent    of the device
//	addr     of the device
//	client   ID of the client, for good
//	jkt      thumbprint of its key, for good
//	size     bytes of keys and values
//	lines    number of cart lines
//	refused  up to 4 logins that were ended before they began
//	due      the session's place in the zset: no limit passes before that
//	v:<key>  a value
//	c:<sku>  quantity of a cart line
//
// A session that ended leaves, for an hour, the same key with
//
//	end      "<reason> <at>"
//	refused  the login that was refused together with the session, if any
type redisKeys struct {
	prefix string
	meta   string
	ended  string
	parts  []redisPartition
	mask   uint32
}

type redisPartition struct {
	session string // <prefix>:{p}:s:
	user    string // <prefix>:{p}:u:
	once    string // <prefix>:{p}:once:
	due     string
	feed    string
}

func newRedisKeys(prefix string, partitions int) redisKeys {
	k := redisKeys{
		prefix: prefix,
		meta:   prefix + ":meta",
		ended:  prefix + ":ended",
		parts:  make([]redisPartition, partitions),
		mask:   uint32(partitions - 1), //nolint:gosec // 1 to maxPartitions, see RedisOptions.check (G115)
	}
	for p := range k.parts {
		tag := prefix + ":{" + strconv.Itoa(p) + "}:"
		k.parts[p] = redisPartition{session: tag + "s:", user: tag + "u:", once: tag + "once:", due: tag + "due", feed: tag + "feed"}
	}
	return k
}

func (k *redisKeys) partitions() int { return len(k.parts) }

// number returns the partition of a session. IDs are random, so any of their
// bits spread well.
func (k *redisKeys) number(id ID) uint32 { return uint32(binary.BigEndian.Uint16(id[:])) & k.mask }

func (k *redisKeys) of(id ID) *redisPartition { return &k.parts[k.number(id)] }

func (k *redisKeys) session(id ID) string {
	var b [maxPrefixLen + 40]byte
	return string(idEncoding.AppendEncode(append(b[:0], k.of(id).session...), id[:]))
}

func (k *redisKeys) ofUser(user string) *redisPartition { return &k.parts[k.userNumber(user)] }

// userNumber returns the partition of a user, by the FNV-1a hash of the name.
func (k *redisKeys) userNumber(user string) uint32 {
	h := uint32(2166136261)
	for i := range len(user) {
		h = (h ^ uint32(user[i])) * 16777619
	}
	return (h ^ h>>16) & k.mask
}

// user returns the key of a user's index. What the name may hold is not for the
// key space: it is escaped, and names that differ have keys that differ.
func (k *redisKeys) user(user string) string { return k.ofUser(user).user + url.QueryEscape(user) }

// once returns the key under which a word is remembered.
func (k *redisKeys) once(word string) string {
	h := HashSecret([]byte(word))
	return k.parts[uint32(binary.BigEndian.Uint16(h[:]))&k.mask].once + h.String()
}
