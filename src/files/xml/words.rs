//! The names of elements that are read; an element of any other name is stepped over with all it holds.

/// Sorted.
pub const WORDS: &[&str] = &[
    "Acct",
    "AcctSvcrRef",
    "AddtlNtryInf",
    "AddtlTxInf",
    "Amt",
    "AmtDtls",
    "Bal",
    "BkToCstmrDbtCdtNtfctn",
    "BkToCstmrStmt",
    "BookgDt",
    "Btch",
    "Cd",
    "CdOrPrtry",
    "CdtDbtInd",
    "Cdtr",
    "CdtrAcct",
    "Dbtr",
    "DbtrAcct",
    "Document",
    "Dt",
    "DtTm",
    "EndToEndId",
    "IBAN",
    "Id",
    "InstdAmt",
    "NbOfNtries",
    "NbOfTxs",
    "Nm",
    "Ntfctn",
    "Ntry",
    "NtryDtls",
    "Othr",
    "Ownr",
    "Pty",
    "Refs",
    "RltdPties",
    "RmtInf",
    "RvslInd",
    "Stmt",
    "Sts",
    "Sum",
    "Tp",
    "TtlAmt",
    "TtlCdtNtries",
    "TtlDbtNtries",
    "TtlNetNtry",
    "TtlNetNtryAmt",
    "TtlNtries",
    "TxAmt",
    "TxDtls",
    "TxsSummry",
    "Ustrd",
];

pub fn known(name: &str) -> Option<&'static str> {
    let found = WORDS.binary_search(&name);
    found.ok().map(|at| WORDS[at])
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_word_is_found() {
        for word in super::WORDS {
            assert_eq!(super::known(word), Some(*word));
        }
        assert_eq!(super::known("SplmtryData"), None);
    }
}
