# Rails' ActiveRecord as an application uses it: `reads` prints what it reads, `writes` what comes of its writes.
require "active_record"
require "json"

ActiveRecord::Base.establish_connection(
  adapter: "postgresql",
  host: ENV.fetch("PGHOST"),
  port: ENV.fetch("PGPORT"),
  username: ENV.fetch("PGUSER"),
  password: ENV.fetch("PGPASSWORD"),
  database: ENV.fetch("PGDATABASE"),
  sslmode: "disable"
)

class Owner < ActiveRecord::Base
  self.table_name = "owners"
  has_many :things
end

class Thing < ActiveRecord::Base
  self.table_name = "things"
  belongs_to :owner
end

class Tally < ActiveRecord::Base
  self.table_name = "tallies"
  self.primary_key = "name"
end

def show(what)
  puts JSON.generate(what)
end

def reads
  connection = ActiveRecord::Base.connection
  show connection.tables.sort
  show connection.views.sort
  show connection.data_sources.sort
  show connection.extensions.sort
  show connection.schema_names.sort
  show connection.enum_types if connection.respond_to?(:enum_types)
  connection.tables.sort.each do |table|
    show connection.columns(table).map { |column|
      [column.name, column.sql_type, column.default, column.default_function, column.null, column.comment]
    }
    show connection.primary_keys(table)
    show connection.indexes(table).map { |index| [index.name, index.columns, index.where, index.unique] }
    show connection.foreign_keys(table).map { |key| [key.from_table, key.to_table, key.options] }
    show connection.check_constraints(table).map(&:expression)
    show connection.table_comment(table)
  end
  show Thing.includes(:owner).order(:id).limit(3).map { |thing| [thing.attributes, thing.owner.attributes] }
  show Owner.joins(:things).group(:name).order(:name).count
  show Thing.where("name like ?", "%5").order(:id).pluck(:id, :tags, :data, :price, :seen_at)
  show Thing.where(id: 1..9).average(:price)
  show Owner.find_by(name: "ada").things.exists?(id: 2)
  show Thing.find_each(batch_size: 20).sum(&:id)
  show Thing.transaction(isolation: :serializable) { Thing.count }
  show Thing.where(id: 1).explain.lines.first.strip
  show connection.select_value("select 3::int")
  show connection.active?
end

def writes
  Tally.where(name: "single").update_all("n = n + 1")
  Tally.transaction { Tally.find("transaction").increment!(:n) }
  Tally.transaction do
    Tally.find("rolled back").increment!(:n)
    raise ActiveRecord::Rollback
  end
  2.times { Tally.where(name: "batch").update_all("n = n + 1") }
  begin
    ActiveRecord::Base.connection.drop_table("tallies")
  rescue ActiveRecord::StatementInvalid => error
    puts error.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
  end
  show Tally.where(name: "batch").pick(:name)
end

ARGV.first == "writes" ? writes : reads
