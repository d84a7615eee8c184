"""What a control did to trade: before it, after it, to whom, and whether trade came back."""
