#!lua name=countersign_VERSION
-- What runs inside Redis. Each function is about one shard group, whose name is KEYS[1]: "{cs:3}". The braces make it the hash tag of all its keys, so that they lie in one slot:
--   {cs:3}:d:<key>   the newest verification of a destination (VerificationBlob: SID first, then version)
--   {cs:3}:v:<sid>   where to find a verification by its SID: the 16 bytes of the key above, or itself once another took its place there
--   {cs:3}:o         stream of messages to send; its consumers are the nodes, and each entry is pending at the node that sends it
--   {cs:3}:c         stream of the SIDs of what changed, for PostgreSQL; each entry is pending at the node that kept the changes, and has them in memory
--   {cs:3}:h         the same of servers of older versions, which have nothing in memory
--   {cs:3}:a         alarms: sorted by the moment that they ring at
--   {cs:3}:n:<node>  there while the node lives
-- What stands for the version in the names is a hash of this text: nodes of two versions run side by side, each with its own functions.

-- A new entry of a stream, at once in the hands of the node that has what it is about in memory. No entry is ever left undelivered, so that this skips none.
local function hold(stream, node, field, value)
  local id = redis.call('XADD', stream, '*', field, value)
  local held = redis.pcall('XCLAIM', stream, 'nodes', node, 0, id, 'FORCE', 'JUSTID', 'LASTID', id)
  if held.err then
    -- Redis was emptied while servers ran. An entry that nobody holds would be skipped by the next one, and lie there for ever.
    redis.pcall('XGROUP', 'CREATE', stream, 'nodes', '0')
    redis.call('XCLAIM', stream, 'nodes', node, 0, id, 'FORCE', 'JUSTID', 'LASTID', id)
  end
  return id
end

-- One exchange: reads, and writes that each are kept if what is stored still begins with what the step was decided on (SID and version), else answered with what is stored. Then one entry of the outbox for
-- all messages, and one of the history for all changes; their ids are the last two answers. ARGV: node, head of the outbox entry, how long a replaced verification is kept, node in the history, then the
-- operations.
local function step(keys, args)
  local call, sub = redis.call, string.sub
  local tag, n, i = keys[1], #args, 5
  local answers, messages, changes = {}, {}, {}
  while i <= n do
    local op, key = args[i], args[i + 1]
    local kept, after = false, nil
    if op == 'G' then -- by destination
      answers[#answers + 1] = call('GET', key)
      i = i + 2
    elseif op == 'V' then -- by SID: key, sid. One that was replaced is answered in brackets.
      local found = call('GET', key)
      if found and #found == 16 then
        found = call('GET', tag .. ':d:' .. found)
        if found and sub(found, 1, 16) ~= args[i + 2] then
          found = false
        end
      elseif found then
        found = { found }
      end
      answers[#answers + 1] = found
      i = i + 3
    elseif op == 'N' then -- new, where none is: key, blob, life, place by SID, key in short, message, due, alarm
      if call('SET', key, args[i + 2], 'NX', 'PX', args[i + 3]) then
        call('SET', args[i + 4], args[i + 5], 'PX', args[i + 3])
        kept = true
      end
      after = i + 6
    elseif op == 'R' then -- new, in the place of another: key, expected, blob, life, place by SID, key in short, place of the other, the other as it ends or ''
      local before = call('GET', key)
      if before and sub(before, 1, 20) == args[i + 2] then
        call('SET', key, args[i + 3], 'PX', args[i + 4])
        call('SET', args[i + 5], args[i + 6], 'PX', args[i + 4])
        local ended = args[i + 8]
        if ended ~= '' then
          changes[#changes + 1] = sub(ended, 1, 16)
          before = ended
        end
        call('SET', args[i + 7], before, 'PX', args[3])
        kept = true
      end
      after = i + 9
    elseif op == 'C' then -- changed: key, expected, blob
      if call('GETRANGE', key, 0, 19) == args[i + 2] then
        call('SET', key, args[i + 3], 'KEEPTTL')
        kept = true
      end
      after = i + 4
    else -- 'L', changed, and lives longer: key, expected, blob, life, place by SID or ''. What is in history alone is expected to be ''.
      if call('GETRANGE', key, 0, 19) == args[i + 2] then
        call('SET', key, args[i + 3], 'PX', args[i + 4])
        if args[i + 5] ~= '' then
          call('PEXPIRE', args[i + 5], args[i + 4])
        end
        kept = true
      end
      after = i + 6
    end
    if after then
      if kept then
        local blob = op == 'N' and args[i + 2] or args[i + 3]
        changes[#changes + 1] = sub(blob, 1, 16)
        if args[after] ~= '' then
          messages[#messages + 1] = args[after]
        end
        if args[after + 1] ~= '' then
          call('ZADD', tag .. ':a', args[after + 1], args[after + 2])
        end
      end
      answers[#answers + 1] = kept and 1 or call('GET', key)
      i = after + 3
    end
  end
  answers[#answers + 1] = #messages > 0 and hold(tag .. ':o', args[1], 'm', args[2] .. table.concat(messages)) or ''
  answers[#answers + 1] = #changes > 0 and hold(tag .. ':c', args[4], 's', table.concat(changes)) or ''
  return answers
end

-- Makes what a group needs, if it is not there; answers whether it had nothing. Streams stay, once they are made.
local function open(keys)
  local had = redis.call('EXISTS', keys[1] .. ':o')
  redis.pcall('XGROUP', 'CREATE', keys[1] .. ':o', 'nodes', '0', 'MKSTREAM')
  redis.pcall('XGROUP', 'CREATE', keys[1] .. ':c', 'nodes', '0', 'MKSTREAM')
  return 1 - had
end

-- A sign of life; and takes over up to so many entries of nodes that give none, or that this node itself has lost sight of for so long (its exchange failed and was kept all
-- the same). ARGV: node, life, most entries, idle time of its own. Answers ids and entries by turns.
local function beat(keys, args)
  local call = redis.call
  local tag, node, most = keys[1], args[1], tonumber(args[3])
  call('SET', tag .. ':n:' .. node, '', 'PX', args[2])
  local taken = {}
  for _, fields in ipairs(call('XINFO', 'CONSUMERS', tag .. ':o', 'nodes')) do
    local info = {}
    for i = 1, #fields, 2 do info[fields[i]] = fields[i + 1] end
    local own = info.name == node
    if own or call('EXISTS', tag .. ':n:' .. info.name) == 0 then
      local ids = {}
      if info.pending > 0 and most > 0 then
        local idle = own and args[4] or 0
        for _, pending in ipairs(call('XPENDING', tag .. ':o', 'nodes', 'IDLE', idle, '-', '+', most, info.name)) do ids[#ids + 1] = pending[1] end
      end
      if #ids > 0 then
        most = most - #ids
        for _, entry in ipairs(call('XCLAIM', tag .. ':o', 'nodes', node, 0, unpack(ids))) do
          taken[#taken + 1] = entry[1]
          taken[#taken + 1] = entry[2][2]
        end
      elseif not own and info.pending == 0 then
        call('XGROUP', 'DELCONSUMER', tag .. ':o', 'nodes', info.name)
      end
    end
  end
  return taken
end

-- A node that stops properly: what it did not send is for the others at once.
local function leave(keys, args)
  return redis.call('DEL', keys[1] .. ':n:' .. args[1])
end

-- Messages that are recorded. ARGV: ids.
local function sent(keys, args)
  redis.call('XACK', keys[1] .. ':o', 'nodes', unpack(args))
  return redis.call('XDEL', keys[1] .. ':o', unpack(args))
end

-- Brings what servers of older versions left in their stream into this one, undelivered, until so many were: to be called where all that is in this one was delivered.
local function adopt(tag, node, most, idle)
  local call, older = redis.call, tag .. ':h'
  if call('EXISTS', older) == 0 then return end
  local begun = redis.pcall('XAUTOCLAIM', older, 'nodes', node, idle, '0', 'COUNT', most)
  if begun.err then return end
  local left = begun[2]
  if #left == 0 then
    local read = call('XREADGROUP', 'GROUP', 'nodes', node, 'COUNT', most, 'STREAMS', older, '>')
    left = read and read[1][2] or {}
  end
  for _, entry in ipairs(left) do
    call('XADD', tag .. ':c', '*', 's', entry[2][2])
    call('XACK', older, 'nodes', entry[1])
    call('XDEL', older, entry[1])
  end
end

-- Consumers of nodes that are no more, and left nothing.
local function tidy(stream, node)
  for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', stream, 'nodes')) do
    local info = {}
    for i = 1, #fields, 2 do info[fields[i]] = fields[i + 1] end
    if info.name ~= node and info.pending == 0 and info.idle > 3600000 then
      redis.call('XGROUP', 'DELCONSUMER', stream, 'nodes', info.name)
    end
  end
end

-- What changed, for PostgreSQL: first forgets what it has got. Then, where an idle time is given, takes over what was begun longer ago than that: nodes bring what is theirs from memory, and what one lost
-- sight of, or forgot for want of room, comes by this. ARGV: node, most entries, idle time in milliseconds or '' to leave it all, ids that PostgreSQL has. Answers the ids, the age of the oldest, the
-- backlog, then the verifications, and 1 if these were begun long ago.
local function changes(keys, args)
  local call, sub = redis.call, string.sub
  local tag = keys[1]
  local stream = tag .. ':c'
  if #args > 3 then
    call('XACK', stream, 'nodes', unpack(args, 4))
    call('XDEL', stream, unpack(args, 4))
  end
  local entries, again = {}, 0
  if args[3] ~= '' then
    tidy(stream, args[1])
    entries = call('XAUTOCLAIM', stream, 'nodes', args[1], args[3], '0', 'COUNT', args[2])[2]
    if #entries > 0 then
      again = 1
    else
      adopt(tag, args[1], args[2], args[3])
      local read = call('XREADGROUP', 'GROUP', 'nodes', args[1], 'COUNT', args[2], 'STREAMS', stream, '>')
      entries = read and read[1][2] or {}
    end
  end
  local ids, seen, answers = {}, {}, {}
  for _, entry in ipairs(entries) do
    ids[#ids + 1] = entry[1]
    local sids = entry[2][2]
    for at = 1, #sids, 16 do
      local sid = sub(sids, at, at + 15)
      if not seen[sid] then
        seen[sid] = true
        local found = call('GET', tag .. ':v:' .. sid)
        if found and #found == 16 then
          found = call('GET', tag .. ':d:' .. found)
        end
        if found and sub(found, 1, 16) == sid then
          answers[#answers + 1] = found
        end
      end
    end
  end
  local age, waiting = 0, 0
  for _, name in ipairs({ stream, tag .. ':h' }) do
    local oldest = call('XRANGE', name, '-', '+', 'COUNT', 1)[1]
    if oldest then
      age = math.max(age, tonumber(call('TIME')[1]) - math.floor(tonumber(string.match(oldest[1], '^%d+')) / 1000))
      waiting = waiting + call('XLEN', name)
    end
  end
  return { ids, age, waiting, answers, again }
end

-- Alarms whose time has come, and when they were to ring; nobody else gets them until the moment of the claim. ARGV: now, most, moment of the claim.
local function due(keys, args)
  local call = redis.call
  local found = call('ZRANGEBYSCORE', keys[1] .. ':a', '-inf', args[1], 'WITHSCORES', 'LIMIT', 0, args[2])
  for i = 1, #found, 2 do
    call('ZADD', keys[1] .. ':a', args[3], found[i])
  end
  return found
end

redis.register_function('countersign_step_VERSION', step)
redis.register_function('countersign_open_VERSION', open)
redis.register_function('countersign_beat_VERSION', beat)
redis.register_function('countersign_leave_VERSION', leave)
redis.register_function('countersign_sent_VERSION', sent)
redis.register_function('countersign_changes_VERSION', changes)
redis.register_function('countersign_due_VERSION', due)
