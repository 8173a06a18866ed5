internal import GRDB
internal import Timeline

/// The tables of a recording.
///
/// What a replay needs lies in `block`, `keyframe`, `turn`, `page` and `part`. The other tables say the same in columns, for
/// people with `sqlite3`; a replay neither reads nor checks them.
enum Schema {
    /// The format's newest number, `user_version` in the file's header. Grows when an older program would read it
    /// wrongly.
    static let version = versionWithBranches
    /// What a file without branches has: any program can read it.
    static let versionWithoutBranches = 1
    static let versionWithBranches = 2
    /// The letters KVMS; `application_id` in the file's header.
    static let applicationID: UInt32 = 0x4B56_4D53

    static let tables = """
        create table about (name text primary key, value text) without rowid;
        create table kind (code integer primary key, name text not null);
        create table block (first integer primary key, count integer not null, sum integer not null,
            tags blob not null, bytes blob not null);
        create table keyframe (position integer primary key, sum integer not null, bytes blob not null);
        create table turn (id integer primary key, position integer not null, branch integer not null, fork integer,
            name text not null, sum integer not null);
        create table page (id integer primary key, sum integer not null, size integer not null, content blob not null);
        create index page_by_sum on page (sum);
        create table part (id integer primary key, sum integer not null, bytes blob not null);
        create table exit (seq integer primary key, ns integer not null, vcpu integer not null, reason text not null,
            rip integer, direction text, port integer, address integer, size integer, count integer, data blob,
            device text);
        create table ioctl (seq integer primary key, ns integer not null, thread integer not null,
            class text not null, fd integer not null, name text not null, request integer not null,
            argument integer not null, result integer not null, errno text, duration integer not null, vcpu integer,
            observing integer not null);
        create table kernel (seq integer primary key, ns integer not null, vcpu integer not null, name text not null,
            fields text not null);
        create table console (seq integer primary key, ns integer not null, vcpu integer not null, text text not null);
        create table mark (seq integer primary key, ns integer not null, name text not null,
            event integer not null);
        create table other (seq integer primary key, ns integer not null, kind text not null, vcpu integer,
            text text not null);
        create view event as
            select seq, ns, 'exit' as kind, vcpu, reason as text from exit
            union all select seq, ns, 'ioctl', vcpu, name from ioctl
            union all select seq, ns, 'kernel', vcpu, name from kernel
            union all select seq, ns, 'console', vcpu, text from console
            union all select seq, ns, 'mark', null, name from mark
            union all select seq, ns, kind, vcpu, text from other;
        """

    /// Whether a file's tables are these and nothing else is there: no view over an endless query, no trigger, no column
    /// that is computed.
    static func isOurs(_ db: Database) throws -> Bool {
        let rows = try Row.fetchCursor(db, sql: "select type, name, tbl_name, sql from sqlite_schema")
        var missing = texts
        while let row = try rows.next() {
            guard let type = row.text(0), let name = row.text(1), let table = row.text(2), let sql = row.text(3),
                let texts = missing.removeValue(forKey: name), texts.contains(sql),
                sql.lowercased().hasPrefix("create \(type) "), table == (name == "page_by_sum" ? "page" : name)
            else { return false }
        }
        // Files of the time before there were turns have no table of them.
        return missing.keys.allSatisfy { $0 == "turn" }
    }

    /// What SQLite keeps of each statement, by the name of what it makes; and what older files have in its place.
    private static let texts: [String: Set<String>] = {
        var texts: [String: Set<String>] = [:]
        for statement in tables.split(separator: ";") {
            let words = statement.split(whereSeparator: \.isWhitespace)
            guard words.count > 2 else { continue }
            let start = words[2].startIndex
            texts[String(words[2])] = ["\(words[0]) \(words[1]) ".uppercased() + statement[start...]]
        }
        texts["mark"]?.insert("CREATE TABLE mark (seq integer primary key, ns integer not null, name text not null)")
        return texts
    }()

    /// Makes the tables in a new file.
    static func create(in db: Database) throws {
        try db.execute(sql: "pragma application_id = \(applicationID); pragma user_version = \(versionWithoutBranches)")
        try db.execute(sql: tables)
        for kind in EventKind.allCases {
            try db.execute(sql: "insert into kind values (?, ?)", arguments: [Int(kind.rawValue), kind.name])
        }
    }
}
