# The programs of @target@: real code goes here, with its sources and libraries.
offbeat_add_program(NAME @target@_server SOURCES server.c)
offbeat_add_program(NAME @target@_client SOURCES client.c)
