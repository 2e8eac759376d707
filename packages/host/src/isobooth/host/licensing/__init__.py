"""Licences of plugins (com.wclap.licensing/1): what the host keeps for them, and whom it asks.

A plugin is who the host says it is (format and id of the record that the instance was made from), whatever product it
names. The host opens no connection: what has to be asked of a server is asked by the client's own function.
"""
