# Names of the public interface that have changed: `sed -i -f renamed-before-1.0.sed FILE...` turns
# an outside target's sources to the present names. The table of CHANGELOG.md says the same.
s/\bob_rwlock_read\b/ob_rwlock_read_lock/g
s/\bob_rwlock_write\b/ob_rwlock_write_lock/g
s/\bob_gen_call_hear\b/ob_gen_call_receive/g
s/\bob_promise\b/ob_isolation/g
s/\bOB_PROMISES_READ_UNCOMMITTED\b/OB_READ_UNCOMMITTED/g
s/\bOB_PROMISES_READ_COMMITTED\b/OB_READ_COMMITTED/g
s/\bOB_PROMISES_SNAPSHOT\b/OB_SNAPSHOT/g
s/\bOB_PROMISES_SERIALIZABLE\b/OB_SERIALIZABLE/g
