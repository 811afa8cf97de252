/** pgjdbc: its metadata queries as DBeaver and Metabase use them, statements, fetch size, batches. */
import java.io.StringReader;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

public class Client {
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("reads")) {
      for (String mode : new String[] {"extended", "extendedForPrepared", "simple", "extendedCacheEverything"}) reads(mode);
    } else writes();
  }

  static Connection connect(String mode) throws SQLException {
    String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    Properties properties = new Properties();
    properties.put("user", System.getenv("PGUSER"));
    properties.put("password", System.getenv("PGPASSWORD"));
    properties.put("preferQueryMode", mode);
    properties.put("ApplicationName", "clients");
    return DriverManager.getConnection(url, properties);
  }

  static void show(String step, Object value) {
    System.out.println(step + " " + value);
  }

  static void show(String step, ResultSet rows) throws SQLException {
    int columns = rows.getMetaData().getColumnCount();
    int count = 0;
    StringBuilder text = new StringBuilder();
    while (rows.next()) {
      count++;
      for (int column = 1; column <= columns && count <= 200; column++) text.append(text(rows, column)).append('|');
      text.append(';');
    }
    rows.close();
    show(step, count + " " + text);
  }

  static String text(ResultSet rows, int column) throws SQLException {
    boolean isBytes = rows.getMetaData().getColumnTypeName(column).equals("bytea");
    return isBytes ? Arrays.toString(rows.getBytes(column)) : rows.getString(column);
  }

  static void metadata(Connection connection) throws SQLException {
    DatabaseMetaData meta = connection.getMetaData();
    show("product", meta.getDatabaseProductName() + meta.getDatabaseMajorVersion());
    show("catalogs", meta.getCatalogs());
    show("schemas", meta.getSchemas());
    show("table types", meta.getTableTypes());
    show("tables", meta.getTables(null, "public", "%", null));
    show("own tables", meta.getTables(connection.getCatalog(), "public", "%", null));
    show("all tables", meta.getTables(null, null, "%", new String[] {"TABLE", "VIEW", "MATERIALIZED VIEW", "PARTITIONED TABLE", "FOREIGN TABLE"}));
    for (String table : new String[] {"things", "owners", "events", "cheap_things"}) {
      show("columns", meta.getColumns(null, "public", table, "%"));
      show("primary keys", meta.getPrimaryKeys(null, "public", table));
      show("imported keys", meta.getImportedKeys(null, "public", table));
      show("exported keys", meta.getExportedKeys(null, "public", table));
      show("indexes", meta.getIndexInfo(null, "public", table, false, true));
      show("best row", meta.getBestRowIdentifier(null, "public", table, 0, true));
      show("versions", meta.getVersionColumns(null, "public", table));
      show("column privileges", meta.getColumnPrivileges(null, "public", table, "%"));
      show("table privileges", meta.getTablePrivileges(null, "public", table));
    }
    show("cross", meta.getCrossReference(null, "public", "owners", null, "public", "things"));
    show("types", meta.getTypeInfo());
    show("user types", meta.getUDTs(null, "public", "%", null));
    show("functions", meta.getFunctions(null, "public", "%"));
    show("function columns", meta.getFunctionColumns(null, "public", "%", "%"));
    show("procedures", meta.getProcedures(null, "public", "%"));
    show("procedure columns", meta.getProcedureColumns(null, "public", "%", "%"));
    show("client info", meta.getClientInfoProperties());
    show("keywords", meta.getSQLKeywords().length() > 0);
    show("name length", meta.getMaxColumnNameLength());
    show("isolation", meta.getDefaultTransactionIsolation());
  }

  /** What tools ask besides the driver's own metadata. */
  static void tools(Connection connection) throws SQLException {
    String[] queries = {
      // DBeaver
      "SELECT current_schema(),session_user",
      "SELECT n.oid,n.*,d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=n.oid AND d.objsubid=0 AND d.classoid='pg_namespace'::regclass WHERE nspname = 'public' ORDER BY nspname",
      "SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE datname = current_database()",
      "SELECT c.oid,c.*,d.description,pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr, pg_catalog.pg_get_partkeydef(c.oid) as partition_key FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass WHERE c.relnamespace='public'::regnamespace AND c.relkind not in ('i','I','c')",
      "SELECT c.relname,a.*,pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value,dsc.description,dep.objid FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON (a.attrelid=c.oid) LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid=ad.adrelid AND a.attnum = ad.adnum) LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid) LEFT OUTER JOIN pg_depend dep on dep.refobjid = a.attrelid AND dep.deptype = 'i' and dep.refobjsubid = a.attnum and dep.classid = dep.refclassid WHERE NOT a.attisdropped AND c.oid='things'::regclass ORDER BY a.attnum",
      "select c.oid,pg_catalog.pg_total_relation_size(c.oid) as total_rel_size,pg_catalog.pg_relation_size(c.oid) as rel_size FROM pg_class c WHERE c.oid='owners'::regclass",
      "SELECT i.*,i.indkey as keys,c.relname,c.relnamespace,c.relam,c.reltablespace,tc.relname as tabrelname,dsc.description,pg_catalog.pg_get_expr(i.indpred, i.indrelid) as pred_expr,pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) as expr,pg_catalog.pg_relation_size(i.indexrelid) as index_rel_size,pg_catalog.pg_stat_get_numscans(i.indexrelid) as index_num_scans FROM pg_catalog.pg_index i INNER JOIN pg_catalog.pg_class c ON c.oid=i.indexrelid INNER JOIN pg_catalog.pg_class tc ON tc.oid=i.indrelid LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid=dsc.objoid WHERE i.indrelid='things'::regclass ORDER BY tabrelname, c.relname",
      "SELECT p.oid as poid,p.*,pg_catalog.pg_get_expr(p.proargdefaults, 0) as arg_defaults FROM pg_catalog.pg_proc p WHERE p.pronamespace='public'::regnamespace ORDER BY p.proname",
      "select pg_get_functiondef('total'::regproc)",
      "select string_agg(word, ',') from pg_catalog.pg_get_keywords() where word <> ALL ('{a,abs}'::text[])",
      "SHOW search_path",
      // Metabase
      "SELECT NULL AS role, t.schemaname AS schema, t.objectname AS table, pg_catalog.has_any_column_privilege(current_user, '\"' || replace(t.schemaname, '\"', '\"\"') || '\"' || '.' || '\"' || replace(t.objectname, '\"', '\"\"') || '\"', 'update') AS update, pg_catalog.has_table_privilege(current_user, '\"' || replace(t.schemaname, '\"', '\"\"') || '\"' || '.' || '\"' || replace(t.objectname, '\"', '\"\"') || '\"', 'SELECT') AS select FROM (SELECT schemaname, tablename AS objectname FROM pg_catalog.pg_tables UNION SELECT schemaname, viewname AS objectname FROM pg_views UNION SELECT schemaname, matviewname AS objectname FROM pg_matviews) t WHERE t.schemaname !~ '^pg_' AND t.schemaname <> 'information_schema' AND pg_catalog.has_schema_privilege(current_user, t.schemaname, 'USAGE')",
      "SELECT nspname AS schema, typname AS type FROM pg_type t INNER JOIN pg_enum e ON t.oid = e.enumtypid INNER JOIN pg_namespace n ON t.typnamespace = n.oid",
      "SELECT c.column_name AS name, c.udt_name AS \"database-type\", c.ordinal_position - 1 AS \"database-position\", c.table_schema AS \"table-schema\", c.table_name AS \"table-name\", pk.column_name IS NOT NULL AS \"pk?\", COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST(c.table_schema AS TEXT), CAST(c.table_name AS TEXT)) AS REGCLASS) AS OID), c.ordinal_position) AS \"field-comment\", c.column_default IS NULL OR LOWER(c.column_default) = 'null' AS \"database-required\" FROM information_schema.columns AS c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM information_schema.table_constraints AS tc INNER JOIN information_schema.key_column_usage AS kc ON tc.constraint_name = kc.constraint_name AND tc.table_schema = kc.table_schema WHERE tc.constraint_type = 'PRIMARY KEY') AS pk ON c.table_schema = pk.table_schema AND c.table_name = pk.table_name AND c.column_name = pk.column_name WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' ORDER BY \"table-schema\", \"table-name\", \"database-position\"",
      "SELECT SUM(\"public\".\"things\".\"price\") AS \"sum\", DATE_TRUNC('month', \"public\".\"things\".\"seen_at\") AS \"seen\" FROM \"public\".\"things\" GROUP BY DATE_TRUNC('month', \"public\".\"things\".\"seen_at\") ORDER BY 2",
      "select to_char(current_timestamp, 'TZH')",
    };
    try (Statement statement = connection.createStatement()) {
      for (String query : queries) {
        int number = 0;
        ResultSet rows = statement.executeQuery(query);
        while (rows.next()) number++;
        show("tool", number);
      }
    }
  }

  static void reads(String mode) throws Exception {
    try (Connection connection = connect(mode)) {
      show("mode", mode);
      metadata(connection);
      tools(connection);
      PreparedStatement prepared = connection.prepareStatement("select id, name, tags, data, place, seen_at, day, code, raw, big, ratio, price from things where id = ?");
      for (int number = 1; number <= 8; number++) {
        prepared.setInt(1, number);
        show("prepared", prepared.executeQuery());
      }
      show("parameters", prepared.getParameterMetaData().getParameterTypeName(1) + prepared.getMetaData().getColumnTypeName(4));
      PreparedStatement many = connection.prepareStatement("select id from things where id = any(?) order by id");
      Array numbers = connection.createArrayOf("int4", new Integer[] {1, 2, 3});
      many.setArray(1, numbers);
      show("array", many.executeQuery());
      try (Statement statement = connection.createStatement()) {
        show("several", statement.execute("select 1; select 2"));
        try {
          statement.executeQuery("select nothing from nowhere");
        } catch (SQLException error) {
          show("error", error.getSQLState());
        }
      }
      connection.setAutoCommit(false);
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(7);
        show("fetch size", statement.executeQuery("select id from things order by id"));
        Savepoint savepoint = connection.setSavepoint();
        try {
          statement.executeQuery("select 1 / 0");
        } catch (SQLException error) {
          show("error", error.getSQLState());
        }
        connection.rollback(savepoint);
        statement.setQueryTimeout(20);
        show("after", statement.executeQuery("select 1"));
      }
      connection.commit();
      connection.setReadOnly(false);
      connection.setAutoCommit(true);
      connection.setSchema("public");
      show("schema", connection.getSchema() + connection.isValid(5));
      connection.setClientInfo("ApplicationName", "other");
    }
  }

  static void writes() throws Exception {
    try (Connection connection = connect("extended")) {
      PreparedStatement update = connection.prepareStatement("update tallies set n = n + 1 where name = ?");
      update.setString(1, "single");
      show("held", update.executeUpdate());
      connection.setAutoCommit(false);
      update.setString(1, "transaction");
      update.executeUpdate();
      connection.commit();
      update.setString(1, "rolled back");
      update.executeUpdate();
      connection.rollback();
      connection.setAutoCommit(true);
      for (int number = 0; number < 2; number++) {
        update.setString(1, "batch");
        update.addBatch();
      }
      show("batch", update.executeBatch().length);
      CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
      String rows = "1\tone\t2026-01-02\n2\t\\N\t2026-01-03\n3\ta\\ttab\t2026-01-04\n";
      show("copied", copies.copyIn("copy copied from stdin", new StringReader(rows)));
      try (Statement statement = connection.createStatement()) {
        try {
          statement.execute("drop table tallies");
        } catch (SQLException error) {
          show("denied", error.getSQLState());
        }
        show("after", statement.executeQuery("select n from tallies where name = 'single'"));
      }
    }
  }
}
