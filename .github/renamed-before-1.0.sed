# Names of the public interface that have changed: `sed -E -i -f renamed-before-1.0.sed FILE...` turns
# an outside target's sources to the present names. The table of CHANGELOG.md says the same.
s/\bob_rwlock_read\b/ob_rwlock_read_lock/g
s/\bob_rwlock_write\b/ob_rwlock_write_lock/g
s/\bob_gen_call_hear\b/ob_gen_call_receive/g
s/\bob_promise\b/ob_isolation/g
s/\bOB_PROMISES_(READ_UNCOMMITTED|READ_COMMITTED|SNAPSHOT|SERIALIZABLE)\b/OB_\1/g
