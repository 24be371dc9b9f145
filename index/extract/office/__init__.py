"""Readers of office documents: Word, PowerPoint, Excel, OpenDocument and RTF."""
