"""Who may send to whom: rules of agents and of their workspace, and holding what is sent against them."""
