-- Requests as they stand in the file $REQUESTS, one after another, again and again.
local requests, n = {}, 0
local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
while true do
  local length = file:read("*l")
  if not length then break end
  requests[#requests + 1] = file:read(tonumber(length))
  file:read("*l")
end
file:close()

function request()
  n = n % #requests + 1
  return requests[n]
end
