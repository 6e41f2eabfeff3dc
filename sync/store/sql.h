#ifndef SYNC_STORE_SQL_H
#define SYNC_STORE_SQL_H

/*
 * Every statement of the store. Each is prepared once and kept; parameters are numbered as they stand.
 */
#define VLS__STATEMENTS(X)                                                                                             \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                                        \
    X(COMMIT, "COMMIT")                                                                                                \
    X(META_PUT, "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")                        \
    X(META_GET, "SELECT value FROM meta WHERE name = ?1")                                                              \
    /* devices and compartments */                                                                                     \
    X(DEVICE_FIND, "SELECT n FROM device WHERE id = ?1")                                                               \
    X(DEVICE_ADD, "INSERT INTO device (id, delegation, post) VALUES (?1, '', '')")                                     \
    X(DEVICE_NAME, "UPDATE device SET delegation = ?2, post = ?3 WHERE n = ?1")                                        \
    X(DEVICES, "SELECT n, delegation, post FROM device ORDER BY n")                                                    \
    X(COMPARTMENT_PUT, "INSERT INTO compartment (id, name, common, lamport, lanes) VALUES (?1, ?2, ?3, 0, ?4) "        \
                       "ON CONFLICT (id) DO UPDATE SET name = ?2, common = ?3")                                        \
    X(COMPARTMENTS, "SELECT n, id, name, common, lamport, lanes FROM compartment ORDER BY id")                         \
    X(COMPARTMENT_SAVE, "UPDATE compartment SET lamport = ?2, lanes = ?3 WHERE n = ?1")                                \
    /* chains and envelopes */                                                                                         \
    X(CHAIN_FIND, "SELECT n FROM chain WHERE device = ?1 AND incarnation = ?2 AND fork = 0")                           \
    X(CHAIN_ADD, "INSERT INTO chain (device, incarnation, fork, parent, base, seq, head) VALUES (?1, ?2, (SELECT "     \
                 "count(*) FROM chain WHERE device = ?1 AND incarnation = ?2), ?3, ?4, 0, 0)")                         \
    X(CHAIN_LEAVES, "SELECT parent, base FROM chain WHERE n = ?1")                                                     \
    X(CHAIN_ADVANCE, "UPDATE chain SET seq = ?2, head = ?3 WHERE n = ?1 AND seq < ?2")                                 \
    X(CHAIN_HEAD, "SELECT c.seq, e.id FROM chain c JOIN envelope e ON e.n = c.head WHERE c.n = ?1")                    \
    X(CHAIN_NEXT, "SELECT c.n, d.id, c.incarnation, c.seq, e.id, e.kind, e.wall, e.state, e.why, '', c.fork FROM "     \
                  "chain c JOIN device d ON d.n = c.device JOIN envelope e ON e.n = c.head WHERE c.n > ?1 "            \
                  "ORDER BY c.n LIMIT 1")                                                                              \
    X(CHAIN_UNNAMED, "SELECT c.n, d.id, c.incarnation, c.seq, e.id, e.kind, e.wall, e.state, e.why, '', c.fork FROM "  \
                     "chain c JOIN device d ON d.n = c.device JOIN envelope e ON e.n = c.head WHERE c.n > ?1 AND NOT " \
                     "EXISTS (SELECT 1 FROM seen s WHERE s.chain = c.n AND s.device = ?2 AND s.seq >= c.seq) "         \
                     "ORDER BY c.n LIMIT 1")                                                                           \
    X(PLACE, "SELECT e.chain, e.seq, c.seq, d.id, c.incarnation FROM envelope e JOIN chain c ON c.n = e.chain "        \
             "JOIN device d ON d.n = c.device WHERE e.id = ?1")                                                        \
    X(OWN_UP, "INSERT OR IGNORE INTO owned VALUES (?1, ?2)")                                                           \
    X(LIVES, "SELECT c.n, d.id, c.incarnation, c.fork, e.wall, EXISTS (SELECT 1 FROM owned o CROSS JOIN envelope x "   \
             "ON x.id = o.id WHERE o.device = c.device AND x.chain = c.n) FROM chain c JOIN device d "                 \
             "ON d.n = c.device JOIN envelope e ON e.chain = c.n AND e.seq = c.base + 1 WHERE c.n > ?1 "               \
             "ORDER BY c.n LIMIT 1")                                                                                   \
    X(ENVELOPE_ADD, "INSERT INTO envelope (id, chain, seq, kind, wall, state, why, compartment, lamport) "             \
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)")                                                       \
    X(SEALED_ADD, "INSERT INTO sealed VALUES (?1, ?2)")                                                                \
    X(ENVELOPE_STATE, "UPDATE envelope SET state = ?2, why = ?3 WHERE id = ?1")                                        \
    X(ENVELOPE_FIND, "SELECT state FROM envelope WHERE id = ?1")                                                       \
    X(ENVELOPE_BY_ID, "SELECT e.n, e.id, e.lamport, e.wall, c.device FROM envelope e JOIN chain c ON c.n = e.chain "   \
                      "WHERE e.id = ?1")                                                                               \
    X(ENVELOPE_BY_N, "SELECT e.n, e.id, e.lamport, e.wall, c.device FROM envelope e JOIN chain c ON c.n = e.chain "    \
                     "WHERE e.n = ?1")                                                                                 \
    X(ENVELOPE_NEXT, VLS__ENVELOPE_COLUMNS "WHERE e.n > ?1 AND (?2 = 0 OR e.kind = ?2) AND (?3 = 0 OR e.state = ?3) "  \
                                           "ORDER BY e.n LIMIT 1")                                                     \
    X(ENVELOPE_NEXT_KIND, VLS__ENVELOPE_COLUMNS "WHERE e.kind = ?2 AND e.kind <> 1 AND e.n > ?1 "                      \
                                                "AND (?3 = 0 OR e.state = ?3) ORDER BY e.n LIMIT 1")                   \
    X(ENVELOPE_NEXT_STATE, VLS__ENVELOPE_COLUMNS "WHERE e.state = ?3 AND e.state <> 1 AND e.n > ?1 "                   \
                                                 "AND (?2 = 0 OR e.kind = ?2) ORDER BY e.n LIMIT 1")                   \
    X(ENVELOPE_GET, VLS__ENVELOPE_COLUMNS "WHERE e.n = ?1")                                                            \
    X(WAIT_COUNT, "SELECT count(*) FROM waiting")                                                                      \
    X(WAIT_ADD, "INSERT INTO waiting (id, bytes) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING")                         \
    X(WAIT_FIND, "SELECT n FROM waiting WHERE id = ?1")                                                                \
    X(WAIT_GET, "SELECT bytes FROM waiting WHERE id = ?1")                                                             \
    X(WAIT_DONE, "DELETE FROM waiting WHERE id = ?1")                                                                  \
    X(WAIT_NEXT, "SELECT n, id, bytes FROM waiting WHERE n > ?1 ORDER BY n LIMIT 1")                                   \
    X(SEEN_ADD, "INSERT INTO seen VALUES (?1, ?2, ?3, ?4) "                                                            \
                "ON CONFLICT (chain, device, seq) DO UPDATE SET wall = min(wall, ?4)")                                 \
    X(SEEN_OF, "SELECT seq FROM seen WHERE chain = ?1 AND device = ?2 ORDER BY seq DESC LIMIT 1")                      \
    X(RECEIPTS, "SELECT d.delegation, d.post, min(s.wall) FROM envelope e JOIN chain c ON c.n = e.chain "              \
                "JOIN device d ON d.n <> c.device JOIN seen s ON s.chain = e.chain AND s.device = d.n AND s.seq = "    \
                "(SELECT min(t.seq) FROM seen t WHERE t.chain = e.chain AND t.device = d.n AND t.seq >= e.seq) "       \
                "WHERE e.id = ?1 GROUP BY d.delegation, d.post ORDER BY d.delegation, d.post")                         \
    X(KEY_PUT, "INSERT INTO key (purpose, id, sealed) VALUES (?1, ?2, ?3) "                                            \
               "ON CONFLICT (purpose, id) DO UPDATE SET sealed = ?3")                                                  \
    X(KEY_DROP, "DELETE FROM key WHERE purpose = ?1 AND id = ?2")                                                      \
    X(KEY_HAS, "SELECT 1 FROM key WHERE purpose = ?1 AND id = ?2")                                                     \
    X(KEY_COUNT, "SELECT count(*) FROM key WHERE purpose = ?1")                                                        \
    X(KEY_NEXT, "SELECT n, id, sealed FROM key WHERE purpose = ?1 AND n > ?2 ORDER BY n LIMIT 1")                      \
    /* remotes */                                                                                                      \
    X(REMOTE_FIND, "SELECT n FROM remote WHERE name = ?1")                                                             \
    X(REMOTE_ADD, "INSERT INTO remote (name, url, tip, contact) VALUES (?1, ?2, '', 0)")                               \
    X(REMOTE_REMOVE, "DELETE FROM remote WHERE n = ?1")                                                                \
    X(REMOTE_NEXT, "SELECT n, name, url, tip, contact FROM remote WHERE name > ?1 ORDER BY name LIMIT 1")              \
    X(REMOTE_MARK, "UPDATE remote SET tip = ?2, contact = max(contact, ?3) WHERE n = ?1")                              \
    X(REMOTE_HAS, "INSERT INTO remote_chain SELECT ?1, n, base + (?3 = base + 1) FROM chain WHERE n = ?2 "             \
                  "ON CONFLICT (remote, chain) DO UPDATE SET seq = ?3 WHERE seq = ?3 - 1 RETURNING seq")               \
    X(REMOTE_TIP, "UPDATE remote SET tip = '' WHERE n = ?1")                                                           \
    X(REMOTE_LACKS, "DELETE FROM remote_chain WHERE remote = ?1")                                                      \
    X(REMOTE_ASIDE, "UPDATE remote_chain SET remote = -remote WHERE remote = ?1")                                      \
    X(REMOTE_MISSING,                                                                                                  \
      "SELECT count(*) FROM remote_chain o JOIN chain c ON c.n = o.chain WHERE o.remote = -?1 AND "                    \
      "o.seq > coalesce((SELECT r.seq FROM remote_chain r WHERE r.remote = ?1 AND r.chain = o.chain), "                \
      "c.base)")                                                                                                       \
    X(TO_SEND, VLS__TO_SEND("e.n", "") " ORDER BY 1")                                                                  \
    X(UNCONFIRMED, "SELECT e.n FROM chain c CROSS JOIN envelope e ON e.chain = c.n AND e.seq > coalesce((SELECT "      \
                   "min(coalesce((SELECT max(s.seq) FROM seen s WHERE s.chain = c.n AND s.device = d.n), 0)) FROM "    \
                   "device d WHERE d.delegation <> '' AND d.n <> c.device AND d.id <> ?1), 0) ORDER BY 1")             \
    X(TO_SEND_COUNT, VLS__TO_SEND("count(*)", "AND e.kind = 1"))                                                       \
    /* merging */                                                                                                      \
    X(MERGED, "UPDATE envelope SET compartment = ?2, lamport = ?3 WHERE n = ?1 AND compartment = 0")                   \
    X(HEAD_ADD, "INSERT OR IGNORE INTO head VALUES (?1, ?2)")                                                          \
    X(HEAD_DROP, "DELETE FROM head WHERE compartment = ?1 AND envelope = ?2")                                          \
    X(HEADS, "SELECT e.id FROM head h JOIN envelope e ON e.n = h.envelope WHERE h.compartment = ?1 ORDER BY e.id")     \
    X(AWAIT, "INSERT OR IGNORE INTO awaited VALUES (?1, ?2)")                                                          \
    X(AWAITED_DROP, "DELETE FROM awaited WHERE change = ?1 AND compartment = ?2")                                      \
    X(RECORD_BY_ID, "SELECT n, compartment, kind, created, created_op, hidden FROM record WHERE id = ?1")              \
    X(RECORD_ADD, "INSERT INTO record VALUES (NULL, ?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, zeroblob(32), x'')")               \
    X(RECORD_CREATE, "UPDATE record SET kind = ?2, created = ?3, created_op = ?4 WHERE n = ?1")                        \
    X(RECORD_RIVALS, "SELECT r.n, r.hidden FROM record r JOIN compartment c ON c.n = r.compartment WHERE r.id = ?1 "   \
                     "ORDER BY r.kind = 0, c.common = 0, c.id")                                                        \
    X(RECORD_FLIP, "UPDATE record SET hidden = 1 - hidden WHERE n = ?1")                                               \
    X(RECORD_TWINS, "SELECT id FROM record WHERE id > ?1 GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 1")         \
    X(LIVE_ADD, "INSERT INTO live VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                                   \
    X(LIVE_ADD_MANY, "INSERT OR FAIL INTO live VALUES " VLS__LIVE_ROWS_TEXT)                                           \
    X(PAST_ADD, "INSERT INTO past VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")                         \
    X(RETIRE, "INSERT INTO past SELECT record, field, key, envelope, op, type, cite, value, cite_text, reason, "       \
              "?6, ?7 FROM live WHERE record = ?1 AND field = ?2 AND key = ?3 AND envelope = ?4 AND op = ?5")          \
    X(LIVE_DROP, "DELETE FROM live WHERE record = ?1 AND field = ?2 AND key = ?3 AND envelope = ?4 AND op = ?5")       \
    X(PAST_BY, "SELECT by, by_op FROM past WHERE record = ?1 AND field = ?2 AND key = ?3 AND envelope = ?4 "           \
               "AND op = ?5 AND by <> 0")                                                                              \
    X(PAST_SET_BY, "UPDATE past SET by = ?6, by_op = ?7 WHERE record = ?1 AND field = ?2 AND key = ?3 "                \
                   "AND envelope = ?4 AND op = ?5")                                                                    \
    X(RETIRED_ADD, "INSERT OR IGNORE INTO retired VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                \
    X(RETIRED_ANY, "SELECT 1 FROM retired WHERE change = ?1 LIMIT 1")                                                  \
    X(RETIRED_OF, "SELECT by, by_op FROM retired WHERE change = ?1 AND op = ?2 AND record = ?3 AND field = ?4 "        \
                  "AND key = ?5")                                                                                      \
    X(RETIRED_DROP, "DELETE FROM retired WHERE change = ?1 AND op = ?2 AND record = ?3 AND field = ?4 AND key = ?5")   \
    X(UNRETIRE, "INSERT INTO live SELECT record, field, key, envelope, op, type, cite, value, cite_text, reason "      \
                "FROM past WHERE record = ?1 AND field = ?2 AND key = ?3 AND envelope = ?4 AND op = ?5")               \
    X(PAST_DROP, "DELETE FROM past WHERE record = ?1 AND field = ?2 AND key = ?3 AND envelope = ?4 AND op = ?5")       \
    X(STRAY_PAST, "SELECT field, key, envelope, op, by, by_op FROM past WHERE record = ?1 AND by <> 0 "                \
                  "AND (field, key, envelope, op) > (?2, ?3, ?4, ?5) ORDER BY field, key, envelope, op LIMIT 1")       \
    X(STRAY_LIVE, "SELECT l.field, l.key, l.envelope, l.op, t.by, t.by_op FROM live l "                                \
                  "JOIN envelope e ON e.n = l.envelope JOIN retired t ON t.change = e.id AND t.op = l.op "             \
                  "AND t.record = l.record AND t.field = l.field AND t.key = l.key WHERE l.record = ?1 "               \
                  "AND (l.field, l.key, l.envelope, l.op) > (?2, ?3, ?4, ?5) "                                         \
                  "ORDER BY l.field, l.key, l.envelope, l.op LIMIT 1")                                                 \
    X(NAMED_ADD, "INSERT OR IGNORE INTO named VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                    \
    X(NAMED_BY_REGISTER,                                                                                               \
      "SELECT envelope, op, change, change_op FROM named WHERE record = ?1 AND field = ?2 AND key = ?3")               \
    X(NAMED_BY_VALUE, "SELECT change, change_op FROM named WHERE record = ?1 AND field = ?2 AND key = ?3 "             \
                      "AND envelope = ?4 AND op = ?5 ORDER BY change, change_op")                                      \
    X(PAST_VALUE,                                                                                                      \
      "SELECT value FROM past WHERE record = ?1 AND field = ?2 AND key = ?3 AND envelope = ?4 AND op = ?5 "            \
      "AND type <> 4")                                                                                                 \
    X(RIVALS, "SELECT envelope, op, cite, value FROM live WHERE record = ?1 AND field = ?2 AND key = ?3")              \
    X(REF_TAKEN, "SELECT 1 FROM record WHERE id BETWEEN ?1 AND ?2 LIMIT 1")                                            \
    /* judging */                                                                                                      \
    X(JUDGE_RECORD, "SELECT id, compartment, kind, hidden, withdrawn, conflicts, words, digest, links FROM record "    \
                    "WHERE n = ?1")                                                                                    \
    X(JUDGE_LIVE, "SELECT field, key, envelope, op, cite, value FROM live WHERE record = ?1 "                          \
                  "ORDER BY field, key, envelope, op")                                                                 \
    X(JUDGE_SAVE, "UPDATE record SET conflicts = ?2, words = ?3, digest = ?4, links = ?5 WHERE n = ?1")                \
    X(JUDGE_WITHDRAWN, "UPDATE record SET withdrawn = ?2 WHERE n = ?1") /* in an index, and rarely another one */      \
    X(CONFLICT_CLEAR, "DELETE FROM conflict WHERE record = ?1")                                                        \
    X(CONFLICT_ADD, "INSERT INTO conflict VALUES (?1, ?2, ?3, ?4, ?5)")                                                \
    X(LINK_DROP, "DELETE FROM link WHERE target = ?1 AND kind = ?2 AND id = ?3 AND record = ?4")                       \
    X(LINK_ADD, "INSERT OR REPLACE INTO link VALUES (?1, ?2, ?3, ?4)")                                                 \
    X(WORDS_DROP, "DELETE FROM words WHERE rowid = ?1")                                                                \
    X(WORDS_ADD, "INSERT INTO words (rowid, title, body) VALUES (?1, ?2, ?3)")                                         \
    X(RECORD_AFTER, "SELECT n, kind FROM record WHERE n > ?1 ORDER BY n LIMIT 1")                                      \
    /* reading */                                                                                                      \
    X(RECORD_SHOWN, "SELECT n FROM record WHERE id = ?1 AND hidden = 0 AND kind <> 0")                                 \
    X(RECORD_HOME, "SELECT n, compartment FROM record WHERE id = ?1 AND hidden = 0")                                   \
    X(LOAD_RECORD, "SELECT id, compartment, kind FROM record WHERE n = ?1")                                            \
    X(LOAD_LIVE, "SELECT field, key, envelope, op, type, cite, value, cite_text, reason, 0, 0 FROM live "              \
                 "WHERE record = ?1 ORDER BY field, key, envelope, op")                                                \
    X(LOAD_TITLE, "SELECT field, key, envelope, op, type, cite, value, cite_text, reason, 0, 0 FROM live "             \
                  "WHERE record = ?1 AND field <= ?2 UNION ALL "                                                       \
                  "SELECT field, key, envelope, op, type, cite, value, cite_text, reason, 0, 0 FROM live "             \
                  "WHERE record = ?1 AND field >= 1001 ORDER BY field, key, envelope, op")                             \
    X(LOAD_PAST, "SELECT field, key, envelope, op, type, cite, value, cite_text, reason, by, by_op FROM past "         \
                 "WHERE record = ?1 ORDER BY field, key, envelope, op")                                                \
    X(LIST_ALL, "SELECT n, kind, id FROM record WHERE hidden = 0 AND kind <> 0 AND (kind, id) > (?1, ?2) "             \
                "AND withdrawn <= ?3 ORDER BY kind, id LIMIT 64")                                                      \
    X(LIST_KIND, "SELECT n, kind, id FROM record WHERE hidden = 0 AND kind <> 0 AND kind = ?1 AND id > ?2 "            \
                 "AND withdrawn <= ?3 ORDER BY kind, id LIMIT 64")                                                     \
    X(LIST_LINKS, "SELECT l.record, l.kind, l.id FROM link l JOIN record r ON r.n = l.record WHERE l.target = ?4 "     \
                  "AND (l.kind, l.id) > (?1, ?2) AND r.withdrawn <= ?3 ORDER BY l.kind, l.id LIMIT 64")                \
    X(LIST_LINKS_KIND, "SELECT l.record, l.kind, l.id FROM link l JOIN record r ON r.n = l.record "                    \
                       "WHERE l.target = ?4 AND l.kind = ?1 AND l.id > ?2 AND r.withdrawn <= ?3 "                      \
                       "ORDER BY l.kind, l.id LIMIT 64")                                                               \
    X(COUNT_ALL, "SELECT count(*) FROM record WHERE hidden = 0 AND kind <> 0 AND withdrawn = 0")                       \
    X(COUNT_KIND, "SELECT count(*) FROM record WHERE hidden = 0 AND kind <> 0 AND kind = ?1 AND withdrawn = 0")        \
    X(FIND_ID, "SELECT n, kind, withdrawn, id FROM record WHERE id BETWEEN ?1 AND ?2 AND hidden = 0 AND kind <> 0")    \
    X(FIND_WORDS, "SELECT r.n, r.kind, r.withdrawn, r.id, w.title FROM words w JOIN record r ON r.n = w.rowid "        \
                  "WHERE w.words MATCH ?1")                                                                            \
    X(SEARCH, "SELECT r.n, r.kind, r.withdrawn, r.id FROM words w JOIN record r ON r.n = w.rowid "                     \
              "WHERE w.words MATCH ?1 ORDER BY r.withdrawn, bm25(w.words, 8.0, 1.0), r.id")                            \
    X(CONFLICTS, "SELECT c.id, r.id, c.field, c.key, c.attention FROM conflict c JOIN record r ON r.n = c.record "     \
                 "ORDER BY c.attention DESC, r.id, c.field, c.key")                                                    \
    X(CONFLICT_BY_ID, "SELECT c.id, r.id, c.field, c.key, c.attention FROM conflict c JOIN record r "                  \
                      "ON r.n = c.record WHERE c.id BETWEEN ?1 AND ?2 ORDER BY c.id LIMIT 2")                          \
    X(CONFLICT_COUNT, "SELECT coalesce(sum(attention = 2), 0), coalesce(sum(attention = 1), 0) FROM conflict")         \
    /* notes of reports */                                                                                             \
    X(CHANGED_ADD, "INSERT INTO changed VALUES (?1) ON CONFLICT DO NOTHING")                                           \
    X(CHANGED_AFTER, "SELECT id FROM changed WHERE id > ?1 ORDER BY id LIMIT ?2")                                      \
    X(CHANGED_COUNT, "SELECT count(*) FROM (SELECT 1 FROM changed LIMIT ?1)")                                          \
    X(CHANGED_CLEAR, "DELETE FROM changed")                                                                            \
    X(TOKEN_CLEAR, "DELETE FROM token")                                                                                \
    X(PAIR_CLEAR, "DELETE FROM pair")                                                                                  \
    X(DUTY_CLEAR, "DELETE FROM duty")                                                                                  \
    X(META_DROP, "DELETE FROM meta WHERE name = ?1")                                                                   \
    X(TOKEN_ADD, "INSERT INTO token VALUES (?1, ?2) ON CONFLICT DO NOTHING")                                           \
    X(TOKENS_DROP, "DELETE FROM token WHERE person = ?1")                                                              \
    X(TOKENS_OF, "SELECT token FROM token WHERE person = ?1 ORDER BY token")                                           \
    X(TOKEN_PERSONS, "SELECT person FROM token WHERE token = ?1 ORDER BY person LIMIT ?2")                             \
    X(PAIR_ADD, "INSERT INTO pair VALUES (?1, ?2, ?3, ?4, ?5)")                                                        \
    X(PAIR_DROP, "DELETE FROM pair WHERE a = ?1 AND b = ?2 RETURNING unsure")                                          \
    X(PAIRS_DROP_A, "DELETE FROM pair WHERE a = ?1 RETURNING unsure")                                                  \
    X(PAIRS_DROP_B, "DELETE FROM pair WHERE b = ?1 RETURNING unsure")                                                  \
    X(PAIRS_COUNTED, "UPDATE pair_count SET n = n + ?2 WHERE unsure = ?1")                                             \
    X(PAIRS_UNCOUNTED, "UPDATE pair_count SET n = 0 WHERE unsure >= 0")                                                \
    X(PAIRS_OF, "SELECT a, b, kind, likeness, unsure FROM pair WHERE a = ?1 ORDER BY b LIMIT ?2")                      \
    X(PAIRS_SHOWN, "SELECT a, b, kind, likeness, unsure FROM pair WHERE unsure >= 0 ORDER BY unsure, likeness "        \
                   "DESC, a, b LIMIT ?2")                                                                              \
    X(PAIR_COUNT, "SELECT n FROM pair_count WHERE unsure = ?1")                                                        \
    X(DUTY_PUT, "INSERT OR REPLACE INTO duty VALUES (?1, ?2)")                                                         \
    X(DUTY_DROP, "DELETE FROM duty WHERE info = ?1")                                                                   \
    X(DUTIES, "SELECT info FROM duty WHERE left_out = 0 ORDER BY info")                                                \
    X(RECALLS, "SELECT info FROM duty WHERE left_out = 2 ORDER BY info")                                               \
    X(DUTY_LEFT_OUT, "SELECT count(*) FROM duty WHERE left_out = ?1")                                                  \
    X(COMPARE_NEXT, "SELECT r.n, r.id, c.id FROM record r JOIN compartment c ON c.n = r.compartment "                  \
                    "WHERE (r.id, c.id) > (?1, ?2) ORDER BY r.id, c.id LIMIT 1")                                       \
    /* all that was derived, with local numbers resolved */                                                            \
    X(REST_RECORDS,                                                                                                    \
      "SELECT r.id, c.id, r.kind, r.hidden, r.withdrawn, r.conflicts, r.digest, r.links, e.id, r.created_op "          \
      "FROM record r JOIN compartment c ON c.n = r.compartment LEFT JOIN envelope e ON e.n = r.created")               \
    X(REST_CONFLICTS, "SELECT r.id, c.id, t.field, t.key, t.id, t.attention FROM conflict t "                          \
                      "JOIN record r ON r.n = t.record JOIN compartment c ON c.n = r.compartment")                     \
    X(REST_LINKS, "SELECT t.target, t.kind, t.id, r.id, c.id FROM link t JOIN record r ON r.n = t.record JOIN "        \
                  "compartment c ON c.n = r.compartment")                                                              \
    X(REST_RETIRED,                                                                                                    \
      "SELECT t.change, t.op, r.id, c.id, t.field, t.key, e.id, t.by_op FROM retired t "                               \
      "JOIN record r ON r.n = t.record JOIN compartment c ON c.n = r.compartment JOIN envelope e ON e.n = t.by")       \
    X(REST_NAMED,                                                                                                      \
      "SELECT r.id, c.id, t.field, t.key, e.id, t.op, t.change, t.change_op FROM named t "                             \
      "JOIN record r ON r.n = t.record JOIN compartment c ON c.n = r.compartment JOIN envelope e ON e.n = t.envelope") \
    X(REST_HEADS, "SELECT c.id, e.id FROM head h JOIN compartment c ON c.n = h.compartment JOIN envelope e "           \
                  "ON e.n = h.envelope")                                                                               \
    X(REST_AWAITED, "SELECT a.change, c.id FROM awaited a JOIN compartment c ON c.n = a.compartment")                  \
    X(REST_COMPARTMENTS, "SELECT id, lamport, lanes FROM compartment")                                                 \
    X(REST_WORDS, "SELECT r.id, c.id, w.title, w.body FROM words w JOIN record r ON r.n = w.rowid JOIN compartment c " \
                  "ON c.n = r.compartment")                                                                            \
    /* merging anew */                                                                                                 \
    X(ASIDE_ADD, "INSERT INTO aside (wall, id, compartment, kind, rows) VALUES (?1, ?2, ?3, ?4, ?5)")                  \
    X(ASIDE_NEXT, "SELECT n, wall, id, compartment, kind, rows FROM aside WHERE n > ?1 ORDER BY n LIMIT 1")            \
    X(UNMERGE_WORDS, "DELETE FROM words")                                                                              \
    X(UNMERGE_LINKS, "DELETE FROM link")                                                                               \
    X(UNMERGE_CONFLICTS, "DELETE FROM conflict")                                                                       \
    X(UNMERGE_NAMED, "DELETE FROM named")                                                                              \
    X(UNMERGE_RETIRED, "DELETE FROM retired")                                                                          \
    X(UNMERGE_PAST, "DELETE FROM past")                                                                                \
    X(UNMERGE_LIVE, "DELETE FROM live")                                                                                \
    X(UNMERGE_RECORDS, "DELETE FROM record")                                                                           \
    X(UNMERGE_HEADS, "DELETE FROM head")                                                                               \
    X(UNMERGE_AWAITED, "DELETE FROM awaited")                                                                          \
    X(UNMERGE_ENVELOPES, "UPDATE envelope SET compartment = 0, lamport = 0 WHERE lamport <> 0")                        \
    X(UNMERGE_COMPARTMENTS, "UPDATE compartment SET lamport = 0, lanes = zeroblob(2048)")

/* So many at once. OR FAIL: whoever adds them gives the transaction up anyway, so SQLite need not remember the first. */
#define VLS__LIVE_ROW       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define VLS__LIVE_ROWS_4    VLS__LIVE_ROW ", " VLS__LIVE_ROW ", " VLS__LIVE_ROW ", " VLS__LIVE_ROW
#ifdef VLS_TEST_LIMITS
#define VLS__LIVE_ROWS      4
#define VLS__LIVE_ROWS_TEXT VLS__LIVE_ROWS_4
#else
#define VLS__LIVE_ROWS      32
#define VLS__LIVE_ROWS_16   VLS__LIVE_ROWS_4 ", " VLS__LIVE_ROWS_4 ", " VLS__LIVE_ROWS_4 ", " VLS__LIVE_ROWS_4
#define VLS__LIVE_ROWS_TEXT VLS__LIVE_ROWS_16 ", " VLS__LIVE_ROWS_16
#endif

#define VLS__ENVELOPE_COLUMNS                                                                                          \
    "SELECT e.n, d.id, c.incarnation, e.seq, e.id, e.kind, e.wall, e.state, e.why, b.bytes, c.fork FROM "              \
    "envelope e JOIN chain c ON c.n = e.chain JOIN device d ON d.n = c.device JOIN sealed b ON b.n = e.n "

/* From the watermark of each chain on: costs what is new, and a look at each chain. */
#define VLS__TO_SEND(what, condition)                                                                                  \
    "SELECT " what " FROM chain c LEFT JOIN remote_chain r ON r.remote = ?1 AND r.chain = c.n CROSS JOIN envelope e "  \
    "ON e.chain = c.n AND e.seq > coalesce(r.seq, 0) WHERE c.seq > coalesce(r.seq, 0) " condition

#define VLS__STATEMENT_ID(id, text) VLS__SQL_##id,
enum vls__sql { VLS__STATEMENTS(VLS__STATEMENT_ID) VLS__SQL_COUNT };
#undef VLS__STATEMENT_ID

#endif
