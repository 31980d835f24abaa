-- The one statement that asks for the time (bot.adapters.clock); everywhere else it is given.
-- name: ask_time
SELECT clock_timestamp() AS now
