one()
-- region: middle
two()
-- endregion
three()
